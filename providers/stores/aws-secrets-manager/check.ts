import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, StoreCheck } from '../../../src/contracts/secret-store.ts'
import { readParts, refuseText, type TextSubject } from '../../shared/store/secret-text.ts'
import type { AwsClient } from './client.ts'
import type { Options } from './options.ts'

/**
 * Looks at the secret's description and value. That a write is allowed cannot be proved without one: the service has
 * no dry run, and asking IAM needs a right of its own.
 */
export async function checkSecret(
  place: TextSubject & { client: AwsClient; address: SecretAddress; call: Call },
  options: Options,
): Promise<StoreCheck> {
  const { client, secret, call } = place
  const description = await client.describe(secret, call).catch((thrown: unknown) => {
    if (!(thrown instanceof ProviderError) || thrown.code !== 'not_found') throw thrown
    const { code, provider, effect, nextStep } = thrown
    const message = `secret ${secret}: it does not exist`
    throw new ProviderError({ code, provider, message, effect, nextStep, missing: 'secret' })
  })
  if (description.DeletedDate !== undefined) {
    throw refuseText(place, 'it is scheduled for deletion', 'Restore the secret, or name another one.')
  }
  if (description.OwningService !== undefined) {
    throw refuseText(place, `${description.OwningService} manages it`, 'Let that service rotate it.')
  }
  if (description.RotationEnabled) {
    throw refuseText(
      place,
      'AWS rotates it with a function of its own',
      'Switch that rotation off with CancelRotateSecret, or take the secret out of the config.',
    )
  }
  if (description.PrimaryRegion !== undefined && description.PrimaryRegion !== (await client.region())) {
    throw refuseText(
      place,
      `it is a replica of the secret in ${description.PrimaryRegion}`,
      `Name the secret in ${description.PrimaryRegion} instead; its replicas follow.`,
    )
  }
  const notes: string[] = []
  const kmsKey = description.KmsKeyId
  if (kmsKey !== undefined && !kmsKey.endsWith('alias/aws/secretsmanager') && !isNamed(kmsKey, options)) {
    notes.push(`KMS key ${kmsKey} encrypts it: list it in \`kmsKeys\` so that the printed policy covers it`)
  }
  for (const replica of description.ReplicationStatus ?? []) {
    if (replica.Status === 'Failed') notes.push(`its replica in ${replica.Region} is out of sync`)
  }
  await checkValue(place)
  return { read: 'proved', write: 'assumed', notes }
}

/** The value must be readable and able to hold the fields; that they are not there yet is fine. */
async function checkValue(
  place: TextSubject & { client: AwsClient; address: SecretAddress; call: Call },
): Promise<void> {
  const current = { VersionStage: 'AWSCURRENT' }
  const answer = await place.client.getValue(place.secret, current, place.call).catch((thrown: unknown) => {
    // The description was there a moment ago, so this is a secret without a value.
    if (thrown instanceof ProviderError && thrown.code === 'not_found') return undefined
    throw thrown
  })
  if (answer === undefined) return
  if (answer.SecretString === undefined) {
    throw refuseText(place, 'it holds binary data', 'Keep the key in a secret with text.')
  }
  readParts(answer.SecretString, place.address, place)
}

/** DescribeSecret gives the key as it was set: an id, an alias or an ARN. */
function isNamed(kmsKey: string, options: Options): boolean {
  return options.kmsKeys.some((arn) => arn === kmsKey || arn.endsWith(`/${kmsKey}`))
}

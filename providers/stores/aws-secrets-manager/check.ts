import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import { describeMarks, refuseMarked } from '../../shared/store/writer-marks.ts'
import type { Options } from './options.ts'
import { type AwsPlace, describeSecret, readText } from './read.ts'

/**
 * Looks at the secret's description and value. That a write is allowed cannot be proved without one: the service has
 * no dry run, and asking IAM needs a right of its own. The value must be able to hold the fields; that they are not
 * there yet is fine.
 */
export async function checkSecret(place: AwsPlace, options: Options): Promise<StoreCheck> {
  const description = await describeSecret(place)
  await refuseManaged(place, description)
  const tags = Object.fromEntries((description.Tags ?? []).map(({ Key = '', Value }) => [Key, Value]))
  refuseMarked(place, tags, options.writers)
  const notes = [...describeSettings(description, options), ...describeMarks(tags)]
  readParts(place, (await readText(place, 'current'))?.text)
  return { read: 'proved', write: 'assumed', notes }
}

/** @throws ProviderError `invalid` for a secret whose value something else sets. */
async function refuseManaged(place: AwsPlace, description: DescribeSecretResponse): Promise<void> {
  const refuse = (says: string, nextStep: string) => place.fail({ code: 'invalid', says, nextStep })
  const { OwningService: owner, PrimaryRegion: primaryRegion } = description
  if (owner !== undefined) throw refuse(`is managed by ${owner}`, 'Let that service rotate it.')
  if (description.RotationEnabled) {
    throw refuse(
      'is rotated by AWS with a function of its own',
      'Switch that rotation off with CancelRotateSecret, or remove the secret from the config.',
    )
  }
  if (primaryRegion !== undefined && primaryRegion !== (await place.client.region())) {
    throw refuse(
      `is a replica of the secret in ${primaryRegion}`,
      `Name the secret in ${primaryRegion} instead; its replicas follow.`,
    )
  }
}

function describeSettings(description: DescribeSecretResponse, options: Options): string[] {
  const notes: string[] = []
  const kmsKey = description.KmsKeyId
  if (kmsKey !== undefined && !kmsKey.endsWith('alias/aws/secretsmanager') && !isNamed(kmsKey, options)) {
    notes.push(`KMS key ${kmsKey} encrypts it: list it in \`kmsKeys\` so that the printed policy covers it`)
  }
  for (const replica of description.ReplicationStatus ?? []) {
    if (replica.Status === 'Failed') notes.push(`its replica in ${replica.Region} is out of sync`)
  }
  return notes
}

/** DescribeSecret returns the key as it was set: an id, an alias or an ARN. */
function isNamed(kmsKey: string, options: Options): boolean {
  return options.kmsKeys.some((arn) => arn === kmsKey || arn.endsWith(`/${kmsKey}`))
}

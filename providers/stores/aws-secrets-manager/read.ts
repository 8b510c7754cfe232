import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Found } from '../../shared/store/frame.ts'
import { failMissingSecret, failMissingVersion, type Place } from '../../shared/store/place.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import type { AwsClient } from './client.ts'
import { markOf } from './history.ts'

export interface AwsPlace extends Place {
  readonly client: AwsClient
}

export async function readKey(place: AwsPlace, version: string | 'current'): Promise<Found> {
  const held = await readText(place, version)
  const mark = held === undefined ? undefined : markOf(held.id)
  return { version: held?.id, ...readParts(place, held?.text), mark }
}

/** The secret's text in one version; `undefined` only for `current`: the secret has no version yet. */
export async function readText(
  place: AwsPlace,
  version: string | 'current',
): Promise<{ id: string; text: string } | undefined> {
  const { client, secret, call } = place
  const which = version === 'current' ? { VersionStage: 'AWSCURRENT' } : { VersionId: version }
  const answer = await client.getValue(secret, which, call).catch(toUndefinedIfMissing)
  if (answer === undefined) {
    await explainMissing(place, version)
    return undefined
  }
  if (answer.SecretString === undefined || answer.VersionId === undefined) {
    const nextStep = 'Keep the key in a secret with text.'
    throw place.fail({ code: 'invalid', says: 'holds binary data', nextStep })
  }
  return { id: answer.VersionId, text: answer.SecretString }
}

/**
 * The service returns one error code for an absent secret, an absent version and a secret without a version;
 * DescribeSecret tells them apart.
 */
async function explainMissing(place: AwsPlace, version: string | 'current'): Promise<void> {
  await describeSecret(place)
  if (version !== 'current') throw failMissingVersion(place, version)
}

/** @throws ProviderError `not_found` for a secret that does not exist, `invalid` for one that is about to be deleted. */
export async function describeSecret(place: AwsPlace): Promise<DescribeSecretResponse> {
  const { client, secret, call } = place
  const description = await client.describe(secret, call).catch(toUndefinedIfMissing)
  if (description === undefined) {
    throw failMissingSecret(place, 'Check the name, the account and the region; Keyrota creates no secrets.')
  }
  if (description.DeletedDate !== undefined) {
    const nextStep = 'Restore the secret, or name another one.'
    throw place.fail({ code: 'invalid', says: 'is scheduled for deletion', nextStep })
  }
  return description
}

function toUndefinedIfMissing(thrown: unknown): undefined {
  if (thrown instanceof ProviderError && thrown.code === 'not_found') return undefined
  throw thrown
}

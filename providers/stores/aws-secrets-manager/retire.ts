import { failCurrentVersion } from '../../shared/store/place.ts'
import { type AwsPlace, describeSecret } from './read.ts'

/**
 * Removes every staging label from the version. The service keeps it without showing it in lists and deletes it when
 * a secret has more than 100 versions.
 */
export async function retireVersion(place: AwsPlace, version: string): Promise<'unlisted'> {
  const { client, secret, call } = place
  const description = await describeSecret(place)
  const labels = description.VersionIdsToStages?.[version] ?? []
  if (labels.includes('AWSCURRENT')) throw failCurrentVersion(place, version)
  for (const label of labels) await client.moveStage(secret, label, { from: version }, call)
  return 'unlisted'
}

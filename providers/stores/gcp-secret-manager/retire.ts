import { ProviderError } from '../../../src/contracts/errors.ts'
import { failCurrentVersion } from '../../shared/store/place.ts'
import { findListed, type GcpPlace, listNewest } from './read.ts'

/**
 * Destroys the version. Where the secret delays destruction it is disabled until then, and could be enabled again:
 * `unlisted`. That the newest version is disabled or destroyed does not keep an older, dead value from being retired.
 */
export async function retireVersion(place: GcpPlace, version: string): Promise<'gone' | 'unlisted'> {
  const { client, resource, call } = place
  const number = Number(version)
  const versions = await listNewest(place)
  const listed = versions.find((one) => one.number === number)
  requireReplaced(place, number, versions[0]?.number ?? 0)
  if (listed?.state === 'DESTROYED') return 'gone'
  if (listed?.isScheduled) return 'unlisted'
  const destroyed = await client
    .destroy(resource, { number, etag: listed?.etag }, call)
    .catch(async (thrown: unknown) => {
      if (!(thrown instanceof ProviderError) || thrown.code !== 'conflict') throw thrown
      // A stale etag and a second destruction are the same refusal; only the version shows which.
      const present = await findListed(place, number)
      if (present?.state === 'DESTROYED' || present?.isScheduled) return present
      throw thrown
    })
  return destroyed.state === 'DESTROYED' ? 'gone' : 'unlisted'
}

/** One that the list does not show is older than the newest hundred, or newer than the list, and may be the current one. */
function requireReplaced(place: GcpPlace, number: number, listedHighest: number): void {
  const highest = Math.max(listedHighest, place.history.newestOf(place.resource))
  if (number === highest) throw failCurrentVersion(place, String(number))
  if (number < highest) return
  throw place.fail({
    code: 'unavailable',
    says: `does not show in its list whether version ${number} was replaced`,
    nextStep: 'Wait until the list shows a newer version, then try again.',
  })
}

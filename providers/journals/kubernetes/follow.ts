/** Follows the objects by a watch, which keeps the cache of the lists as it is on the server. */
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { isExpired } from '../../shared/kubernetes/errors.ts'
import { type WatchEvent, type WatchRequest, watchObjects } from '../../shared/kubernetes/watch.ts'
import { type Listing, readAll, take } from './listing.ts'
import { GROUP, KIND, keyOf, type ManagedKeyObject, PLURAL, VERSION } from './objects.ts'

/** A watch that ends sooner than this is begun again after a pause, which grows. */
const SHORTEST_WATCH_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

type Changed = (key: string | null) => void

/** Until aborted. A connection that breaks is the caller's: it starts this again. */
export async function follow(
  client: KubernetesClient,
  provider: string,
  listing: Listing,
  changed: Changed,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = SHORTEST_WATCH_MS
  try {
    while (!signal.aborted) {
      const version = await readAll(listing)
      listing.source = { is: 'watch' }
      changed(null)
      const lastedMs = await followFrom(client, provider, listing, version, changed, signal)
      if (lastedMs >= SHORTEST_WATCH_MS) {
        pauseMs = SHORTEST_WATCH_MS
        continue
      }
      forget(listing)
      await listing.clock.sleep(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  } finally {
    forget(listing)
  }
}

/** One watch after the other, each from where the last one ended; returns how long the last one lasted. */
async function followFrom(
  client: KubernetesClient,
  provider: string,
  listing: Listing,
  listed: string,
  changed: Changed,
  signal: AbortSignal,
): Promise<number> {
  for (let version = listed; ; ) {
    const startedAt = listing.clock.monotonicMs()
    const lasted = () => listing.clock.monotonicMs() - startedAt
    try {
      const request = makeRequest(provider, listing, version)
      version = await watchObjects<ManagedKeyObject>(
        client,
        request,
        (event) => apply(listing, event, changed),
        signal,
      )
    } catch (error) {
      if (!isExpired(error)) throw error
      return lasted()
    }
    if (signal.aborted || lasted() < SHORTEST_WATCH_MS) return lasted()
  }
}

function makeRequest(provider: string, { namespace, clock }: Listing, resourceVersion: string): WatchRequest {
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  return {
    provider,
    subject: { verb: 'watch', group: GROUP, resource: PLURAL, kind: KIND, namespace },
    path: `/apis/${GROUP}/${VERSION}${place}/${PLURAL}`,
    resourceVersion,
    clock,
  }
}

/** Renewals and what waiting processes note change nothing that anybody waits for. */
function apply(listing: Listing, { type, object }: WatchEvent<ManagedKeyObject>, changed: Changed): void {
  if (type === 'BOOKMARK') return
  const key = keyOf(object, listing.own)
  const before = listing.cache.get(key)
  if (type === 'DELETED') listing.cache.delete(key)
  else if (take(listing, object) === null) return
  const after = listing.cache.get(key)
  const isSame =
    before !== undefined &&
    after !== undefined &&
    before.revision === after.revision &&
    (before.claimId === '') === (after.claimId === '') &&
    before.arrival?.id === after.arrival?.id
  if (!isSame) changed(key)
}

function forget(listing: Listing): void {
  listing.source = { is: 'nothing' }
  listing.cache.clear()
}

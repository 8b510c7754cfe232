/** Follows the objects by a watch, which keeps the cache of the lists as it is on the server. */
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { followObjects } from '../../shared/kubernetes/follow.ts'
import type { WatchEvent } from '../../shared/kubernetes/watch.ts'
import { type Listing, readAll, take } from './listing.ts'
import { keyOf, type ManagedKeyObject } from './objects.ts'

type Changed = (key: string | null) => void

/** Until aborted. A connection that breaks is the caller's: it starts this again. */
export async function follow(
  client: KubernetesClient,
  provider: string,
  listing: Listing,
  changed: Changed,
  signal: AbortSignal,
): Promise<void> {
  const following = {
    client,
    clock: listing.clock,
    provider,
    namespace: () => listing.namespace,
    async read() {
      const version = await readAll(listing)
      listing.source = { is: 'watch' }
      changed(null)
      return version
    },
    take: (event: WatchEvent<ManagedKeyObject>) => apply(listing, event, changed),
    pause: () => forget(listing),
  }
  try {
    await followObjects(following, signal)
  } finally {
    forget(listing)
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

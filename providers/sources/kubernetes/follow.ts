/** Watches the objects for what people change: declarations, requests, deletions. The journal's own writes are no news. */
import type { Clock } from '../../../src/contracts/clock.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { isExpired } from '../../shared/kubernetes/errors.ts'
import { type WatchEvent, watchObjects } from '../../shared/kubernetes/watch.ts'
import type { ObjectApi } from './api.ts'
import { GROUP, KIND, type ManagedKeyObject, PLURAL, readRequests, VERSION } from './objects.ts'

/** A watch that ends sooner than this is begun again after a pause. */
const SHORTEST_WATCH_MS = 1_000
const PAUSE_MS = 5_000

interface Following {
  api: ObjectApi
  client: KubernetesClient
  clock: Clock
  provider: string
  /** The one namespace that is watched; null: all of the cluster. */
  reach: () => string | null
}

/** Until aborted; a connection that breaks is the caller's, who starts this again. */
export async function follow(by: Following, changed: () => void, signal: AbortSignal): Promise<void> {
  const { api, clock } = by
  while (!signal.aborted) {
    const known = new Map<string, string>()
    const { items, version } = await api.list()
    for (const object of items) known.set(object.metadata.uid, digest(object))
    changed()
    const startedAt = clock.monotonicMs()
    await followFrom(by, version, known, changed, signal)
    if (clock.monotonicMs() - startedAt < SHORTEST_WATCH_MS) await clock.sleep(PAUSE_MS, signal)
  }
}

/** One watch after the other, each from where the last one ended, until the server has forgotten that place. */
async function followFrom(
  by: Following,
  listed: string,
  known: Map<string, string>,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, provider } = by
  const namespace = by.reach()
  const place = namespace === null ? {} : { namespace }
  const subject = { verb: 'watch', group: GROUP, resource: PLURAL, kind: KIND, ...place } as const
  const path = `/apis/${GROUP}/${VERSION}/${namespace === null ? '' : `namespaces/${namespace}/`}${PLURAL}`
  for (let resourceVersion = listed; !signal.aborted; ) {
    const startedAt = clock.monotonicMs()
    const request = { provider, subject, path, resourceVersion, clock }
    try {
      resourceVersion = await watchObjects<ManagedKeyObject>(
        client,
        request,
        (event) => {
          if (isNews(event, known)) changed()
        },
        signal,
      )
    } catch (error) {
      if (isExpired(error)) return
      throw error
    }
    if (clock.monotonicMs() - startedAt < SHORTEST_WATCH_MS) return
  }
}

function isNews({ type, object }: WatchEvent<ManagedKeyObject>, known: Map<string, string>): boolean {
  if (type === 'BOOKMARK') return false
  const { uid } = object.metadata
  if (type === 'DELETED') return known.delete(uid)
  const now = digest(object)
  const isSame = known.get(uid) === now
  known.set(uid, now)
  return !isSame
}

/** What people change; of a deleted object everything counts, since its end is waited for. */
function digest(object: ManagedKeyObject): string {
  const { generation, deletionTimestamp, resourceVersion, labels } = object.metadata
  const tokens = readRequests(object).map(({ token }) => token)
  const end = deletionTimestamp === undefined ? '' : resourceVersion
  return JSON.stringify([generation, tokens, end, labels?.['keyrota.dev/from']])
}

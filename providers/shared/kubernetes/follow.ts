/** Follows objects, ManagedKeys if nothing else is said: a list, then one watch after the other, and the list again when the server has forgotten the place. */
import type { Clock } from '../../../src/contracts/clock.ts'
import type { KubernetesClient } from './client.ts'
import { isExpired } from './errors.ts'
import { GROUP, KIND, PLURAL, VERSION } from './managed-key.ts'
import { type WatchEvent, type WatchRequest, watchObjects } from './watch.ts'

/** A watch that ends sooner than this is begun again after a pause, which grows. */
const SHORTEST_WATCH_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** What is followed, in the words of RBAC, and where its API begins. */
export interface Followed {
  readonly group: string
  readonly resource: string
  readonly kind: string
  /** E.g. `/api/v1`. */
  readonly api: string
  readonly labelSelector?: string
}

const MANAGED_KEYS: Followed = {
  group: GROUP,
  resource: PLURAL,
  kind: KIND,
  api: `/apis/${GROUP}/${VERSION}`,
}

export interface Following<T> {
  readonly client: KubernetesClient
  readonly clock: Clock
  readonly provider: string
  readonly followed?: Followed
  /** The one namespace that is watched; undefined: all of the cluster. Asked before each watch. */
  namespace(): string | undefined
  /** Reads everything; returns the version of the list. */
  read(): Promise<string>
  take(event: WatchEvent<T>): void
  /** For a while nothing is followed. */
  pause?(): void
}

/** Until aborted. A connection that breaks is the caller's: it starts this again. */
export async function followObjects<T extends { metadata: { resourceVersion: string } }>(
  following: Following<T>,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = SHORTEST_WATCH_MS
  while (!signal.aborted) {
    const version = await following.read()
    const lastedMs = await followFrom(following, version, signal)
    if (lastedMs >= SHORTEST_WATCH_MS) {
      pauseMs = SHORTEST_WATCH_MS
      continue
    }
    following.pause?.()
    await following.clock.sleep(pauseMs, signal)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

/** Each watch from where the one before ended; returns how long the last one lasted. */
async function followFrom<T extends { metadata: { resourceVersion: string } }>(
  following: Following<T>,
  listed: string,
  signal: AbortSignal,
): Promise<number> {
  const { client, clock } = following
  for (let version = listed; ; ) {
    const startedAt = clock.monotonicMs()
    const lasted = () => clock.monotonicMs() - startedAt
    try {
      const request = makeRequest(following, version)
      version = await watchObjects<T>(client, request, (event) => following.take(event), signal)
    } catch (error) {
      if (!isExpired(error)) throw error
      return lasted()
    }
    if (signal.aborted || lasted() < SHORTEST_WATCH_MS) return lasted()
  }
}

function makeRequest<T>(following: Following<T>, resourceVersion: string): WatchRequest {
  const { provider, clock, followed = MANAGED_KEYS } = following
  const { group, resource, kind, api, labelSelector } = followed
  const namespace = following.namespace()
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  return {
    provider,
    subject: { verb: 'watch', group, resource, kind, namespace },
    path: `${api}${place}/${resource}`,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    resourceVersion,
    clock,
  }
}

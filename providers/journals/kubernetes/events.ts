/*
 * Events of a key: for each step of a rotation, and for what stops one. What is said again within one rotation makes the
 * series of its Event longer, and no second one. Events are for people who look: they are never waited for, and what
 * cannot be written is dropped, which the status says.
 */
import { createHash } from 'node:crypto'
import {
  EventsV1Api,
  type EventsV1Event,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
} from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { AuditEntry } from '../../../src/contracts/journal.ts'
import { toReason } from '../../../src/contracts/key-summary.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { FIELD_MANAGER } from '../../shared/kubernetes/names.ts'
import { GROUP, KIND, type ManagedKeyObject, VERSION } from './objects.ts'

const REQUEST_LIMIT_MS = 5_000
/** Events that wait to be written; of more than that the newest are dropped. */
const MAX_WAITING = 500
/** After a failure nothing is tried for so long. */
const REST_MS = 60_000
const MAX_NOTE = 1_000

/** What of the trail becomes an Event, and whether it needs anybody's attention. */
const kinds: Readonly<Record<string, 'Normal' | 'Warning'>> = {
  started: 'Normal',
  step: 'Normal',
  adopted: 'Normal',
  asked: 'Normal',
  revoked: 'Normal',
  completed: 'Normal',
  renamed: 'Normal',
  forgotten: 'Normal',
  blocked: 'Warning',
  compromised: 'Warning',
  rollback: 'Warning',
  'rolled-back': 'Warning',
  'not-started': 'Warning',
  'consumer-failed': 'Warning',
  'value-lost': 'Warning',
  'after-care': 'Warning',
  'gave-up': 'Warning',
  exception: 'Warning',
  debt: 'Warning',
}

interface Waiting {
  readonly event: EventsV1Event & { metadata: { name: string; namespace: string } }
  count: number
}

export interface Events {
  add(object: ManagedKeyObject, audit: readonly AuditEntry[]): void
  /** Why Events are not written at the moment; null: they are. */
  problem(): string | null
  /** Waits for what was added, so long at most. */
  settle(limitMs: number): Promise<void>
}

export function openEvents(client: KubernetesClient, clock: Clock): Events {
  const waiting = new Map<string, Waiting>()
  let working: Promise<void> | undefined
  let failure: { why: string; until: number } | undefined
  let dropped = 0

  async function work(): Promise<void> {
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      waiting.delete(next[0])
      try {
        await writeEvent(client, clock, next[1])
        failure = undefined
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        failure = { why: error.message, until: clock.monotonicMs() + REST_MS }
        dropped += 1 + waiting.size
        waiting.clear()
      }
    }
    working = undefined
  }
  return {
    add(object, audit) {
      for (const entry of audit) {
        const event = makeEvent(object, entry)
        if (event === null) continue
        const known = waiting.get(event.metadata.name)
        if (known) known.count += 1
        else if (waiting.size >= MAX_WAITING || (failure && clock.monotonicMs() < failure.until)) dropped += 1
        else waiting.set(event.metadata.name, { event, count: 1 })
      }
      if (waiting.size > 0) working ??= work()
    },
    problem: () => (failure ? `Events are not written (${dropped} dropped): ${failure.why}` : null),
    async settle(limitMs) {
      const ended = new AbortController()
      await Promise.race([working, clock.sleep(limitMs, ended.signal)])
      ended.abort()
    },
  }
}

/** One Event, or as much longer the series of the one that is there. */
async function writeEvent(client: KubernetesClient, clock: Clock, { event, count }: Waiting): Promise<void> {
  const { namespace, name } = event.metadata
  const asked = { group: 'events.k8s.io', resource: 'events', kind: 'Event', namespace, name } as const
  const by = { namespace, fieldManager: FIELD_MANAGER }
  const isNew = await limited(clock, async (call) => {
    try {
      await client.request(EventsV1Api, { ...asked, verb: 'create' }, call, (api) =>
        api.createNamespacedEvent({ ...by, body: event }),
      )
      return true
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'conflict') return false
      throw error
    }
  })
  if (isNew && count === 1) return
  const found = isNew
    ? undefined
    : await limited(clock, (call) =>
        client.request(EventsV1Api, { ...asked, verb: 'get' }, call, (api) =>
          api.readNamespacedEvent({ namespace, name }),
        ),
      )
  const said = (isNew ? 0 : (found?.series?.count ?? 1)) + count
  // Two processes that lengthen it at once lose one of the two: it is a number for people.
  const body = { series: { count: said, lastObservedTime: new V1MicroTime(clock.wallMs()) } }
  await limited(clock, (call) =>
    client.request(EventsV1Api, { ...asked, verb: 'patch' }, call, (api) =>
      api.patchNamespacedEvent({ ...by, name, body }, mergePatch),
    ),
  )
}

const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

async function limited<T>(clock: Clock, request: (call: Call) => Promise<T>): Promise<T> {
  const limit = new AbortController()
  const disarm = clock.after(REQUEST_LIMIT_MS, () => limit.abort())
  try {
    return await request({ signal: limit.signal, beforeSend: () => undefined })
  } finally {
    disarm()
  }
}

function makeEvent(
  { metadata, status }: ManagedKeyObject,
  { at, kind, rotation = '', text, data }: AuditEntry,
): Waiting['event'] | null {
  const type = kinds[kind]
  if (type === undefined) return null
  const constant = kind === 'step' ? data?.step : kind === 'blocked' ? data?.reason : kind
  const reason = toReason(typeof constant === 'string' ? constant : kind)
  const { name, namespace, uid } = metadata
  const said = createHash('sha256').update([uid, rotation, kind, reason].join(' ')).digest('hex').slice(0, 16)
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // An Event's name has room for the longest name of a key.
    metadata: { name: `${name}.${said}`, namespace },
    eventTime: new V1MicroTime(at),
    reportingController: 'keyrota.dev/keyrota',
    // Of a process named as in a claim: the machine and the number, without what tells it from later ones.
    reportingInstance: (status?.journal?.holder ?? '').split('@')[0]?.slice(0, 128) || 'keyrota',
    action: toReason(kind),
    reason,
    regarding: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, name, namespace, uid },
    note: text.slice(0, MAX_NOTE),
    type,
  }
}

/** The part of a status that people and tools read, from the summary of a record. */
import type { KeySummary } from '../../../src/contracts/key-summary.ts'
import { adviseInCluster } from './advice.ts'
import type { ObjectName } from './objects.ts'
import type { KeptCondition, ManagedKeyStatus } from './status-schema.ts'

/** Longer texts are cut: a status is read in a terminal. */
const MAX_TEXT = 1024
/** Targets that are shown; the record has all of them. */
const MAX_TARGETS = 100

export interface Described {
  readonly summary: KeySummary
  readonly now: number
  readonly generation: number | undefined
  /** What the status said before: a condition keeps its time while its answer stays. */
  readonly before: ManagedKeyStatus | undefined
  /** The object and its key: commands in what it says are those for them. */
  readonly of: ObjectName & { readonly key: string }
}

/** Everything of the status but what the journal keeps for itself. */
export function describeKey({
  summary,
  now,
  generation,
  before,
  of,
}: Described): Omit<ManagedKeyStatus, 'journal'> {
  const { rotation, last } = summary
  const observed = generation === undefined ? {} : { observedGeneration: generation }
  const lookedAt = Math.max(...summary.targets.map(({ at }) => at ?? 0), 0)
  return {
    ...observed,
    state: summary.state,
    reason: summary.reason,
    ...(summary.fingerprint === null ? {} : { fingerprint: summary.fingerprint }),
    ...timeField('currentSince', summary.currentSince),
    ...timeField('expirationTime', summary.expiresAt),
    ...timeField('nextRotationTime', summary.nextRotationAt),
    nextRotationReason: shorten(summary.nextWhy),
    ...timeField('lastLookTime', lookedAt === 0 ? null : lookedAt),
    ...(rotation
      ? {
          rotation: {
            id: rotation.id,
            step: rotation.step,
            standing: rotation.standing,
            startTime: toTime(rotation.startedAt),
            reason: rotation.reason,
            ...timeField('killByTime', rotation.killBy),
          },
        }
      : {}),
    ...(last ? { lastRotation: describeLast(last) } : {}),
    targets: summary.targets.slice(0, MAX_TARGETS).map(describeTarget),
    debts: summary.debts,
    conditions: [
      ...summary.conditions.map(({ type, status, reason, message }) => {
        const earlier = before?.conditions?.find((condition) => condition.type === type)
        const isSame = earlier?.status === status
        const lastTransitionTime = isSame && earlier ? earlier.lastTransitionTime : toTime(now)
        return {
          type,
          status,
          ...observed,
          lastTransitionTime,
          reason,
          message: shorten(adviseInCluster(message, of, of.key)),
        } satisfies KeptCondition
      }),
      ...othersOf(summary, before),
    ],
  }
}

/** What is said of the declaration itself: it is not the record's to change. */
function othersOf({ conditions }: KeySummary, before: ManagedKeyStatus | undefined): KeptCondition[] {
  return (before?.conditions ?? []).filter(({ type }) => !conditions.some((one) => one.type === type))
}

function describeLast({ id, end, at, reason, why }: NonNullable<KeySummary['last']>) {
  return { id, end, endTime: toTime(at), reason, ...(why === undefined ? {} : { message: shorten(why) }) }
}

function describeTarget({ id, holds, at, version, why }: KeySummary['targets'][number]) {
  return {
    id,
    holds,
    ...timeField('lastReadTime', at),
    ...(version === null ? {} : { version }),
    ...(why === null ? {} : { message: shorten(why) }),
  }
}

function timeField<N extends string>(name: N, at: number | null): { [F in N]?: string } {
  return (at === null ? {} : { [name]: toTime(at) }) as { [F in N]?: string }
}

/** The first and the last moment that a date can be. */
const END_OF_TIME_MS = 8.64e15

/** As the API has times, in whole seconds; a clock that is far off gives the nearest time that can be written. */
export function toTime(at: number): string {
  const possible = Number.isFinite(at) ? Math.min(Math.max(at, 0), END_OF_TIME_MS) : 0
  return `${new Date(possible).toISOString().slice(0, -5)}Z`
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`
}

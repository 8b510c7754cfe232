/**
 * The rotations that will start next, found by the same judgement that starts them: each is assumed to succeed at once,
 * and the key that it makes comes due in its turn. How often `run` is called is not known here, so that neither
 * `limits.perRun` nor the time until the next run counts.
 */
import type { Closures } from '../contracts/closures.ts'
import type { KeyConfig, RotationLimits } from '../contracts/config.ts'
import type { Pause } from '../contracts/pause.ts'
import type { CurrentKey, DueReason, KeyRecord } from '../contracts/record.ts'
import type { Due } from './due.ts'
import { dueOf } from './key-due.ts'

const DAY_MS = 86_400_000
/** A shorter difference is none that a person sees in a date. */
const MOVED_MS = 1_000

export interface NextStart {
  key: string
  /** Milliseconds since 1970; now, if it is due already. */
  at: number
  reason: DueReason
  why: string
  /** When it would start without windows, blackouts, pauses and limits, and what moves it; null: nothing does. */
  moved: { plannedAt: number; by: string } | null
}

export interface NextStarts {
  /** In the order of time. */
  starts: NextStart[]
  /** Keys of which no date is known. */
  undated: { key: string; why: string }[]
}

export interface Future {
  now: number
  pausedAll: Pause | null
  limits: Pick<RotationLimits, 'perDay'>
  /** How many starts are wanted. */
  count: number
}

interface Candidate {
  key: KeyConfig
  record: KeyRecord
  due: Due & { at: number; reason: DueReason }
  /** The limits hold it until then. */
  heldBy?: string
}

export function listNextStarts(
  keys: readonly { key: KeyConfig; record: KeyRecord | null }[],
  future: Future,
): NextStarts {
  const { now, limits, count } = future
  const undated: NextStarts['undated'] = []
  const candidates: Candidate[] = []
  for (const { key, record } of keys) {
    const candidate = record && judge(key, afterRunning(record, now), future, now)
    if (candidate) candidates.push(candidate)
    else undated.push({ key: key.name, why: dueOf(record, key, now, future.pausedAll).why })
  }
  const starts: NextStart[] = []
  const lately = keys.flatMap(({ record }) => record?.rotation?.startedAt ?? record?.last?.at ?? [])
  while (starts.length < count && candidates.length > 0) {
    const index = indexOfFirst(candidates)
    const [first] = candidates.splice(index, 1)
    if (!first) break
    const at = Math.max(first.due.at, now)
    const freeAt = first.due.reason === 'compromised' ? at : freeOfLimit(lately, at, limits.perDay)
    const heldBy = `${limits.perDay} rotations start within 24 hours at most`
    const again = freeAt > at ? judge(first.key, first.record, future, freeAt) : null
    if (again) {
      candidates.push({ ...again, due: { ...again.due, at: Math.max(again.due.at, freeAt) }, heldBy })
      continue
    }
    starts.push({ ...describe(first, future), at })
    // A rotation counts for the limit by its end once it has ended.
    lately.push(at + first.key.policy.overlapMs)
    const next = judge(first.key, afterSuccess(first, at), future, at)
    if (next) candidates.push(next)
  }
  return { starts, undated }
}

function judge(key: KeyConfig, record: KeyRecord, { pausedAll }: Future, at: number): Candidate | null {
  const { at: dueAt, reason, ...due } = dueOf(record, key, at, pausedAll)
  return dueAt === null || reason === undefined ? null : { key, record, due: { ...due, at: dueAt, reason } }
}

function indexOfFirst(candidates: readonly Candidate[]): number {
  let best = 0
  for (const [index, { due, key }] of candidates.entries()) {
    const first = candidates[best]
    if (!first || due.at < first.due.at || (due.at === first.due.at && key.name < first.key.name))
      best = index
  }
  return best
}

/** When so many have not started within the 24 hours before any more. */
function freeOfLimit(lately: readonly number[], at: number, perDay: number): number {
  const within = lately.filter((one) => one > at - DAY_MS).toSorted((a, b) => a - b)
  const blocking = within.at(-perDay)
  return blocking === undefined ? at : blocking + DAY_MS
}

function describe({ key, record, due, heldBy }: Candidate, { now }: Future): Omit<NextStart, 'at'> {
  const { reason, why } = due
  const closures: Closures = []
  const { window: _window, ...open } = { ...key, closures }
  const { paused: _paused, ...free } = record
  const from = dueOf(free, open, now).at
  const isMoved = from !== null && Math.abs(Math.max(from, now) - Math.max(due.at, now)) >= MOVED_MS
  const [said = why, ...held] = why.split('; ')
  const by = heldBy ?? (held.join('; ') || 'so that it is done before its blackout')
  return { key: key.name, reason, why: said, moved: isMoved ? { plannedAt: from, by } : null }
}

/** A rotation that runs now is assumed to end well: the key that it makes is as old as the rotation. */
function afterRunning(record: KeyRecord, now: number): KeyRecord {
  const { rotation, current } = record
  if (!rotation || !current) return record
  return renewed(record, current, Math.min(rotation.startedAt, now))
}

function afterSuccess({ key, record }: Candidate, at: number): KeyRecord {
  const first: CurrentKey = {
    fingerprint: '',
    since: at,
    sinceFrom: 'rotation',
    adopted: false,
    versions: {},
    ...(key.expiresAfterMs === undefined ? {} : { expiresAt: at + key.expiresAfterMs }),
  }
  return renewed(record, record.current ?? first, at)
}

/** The next key lives as long as this one. */
function renewed(record: KeyRecord, { expiresAt, ...current }: CurrentKey, since: number): KeyRecord {
  const expires = expiresAt === undefined ? {} : { expiresAt: since + (expiresAt - current.since) }
  return {
    ...record,
    current: { ...current, since, sinceFrom: 'rotation', ...expires },
    request: null,
    rotation: null,
    last: null,
    quietUntil: 0,
  }
}

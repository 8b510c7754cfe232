/** What is told of a key to those who only look, from its record and the config: one form for `status` and the journals. */
import type { KeyConfig } from '../contracts/config.ts'
import {
  type Condition,
  type KeyState,
  type KeySummary,
  type Summarize,
  type TargetSummary,
  toReason,
} from '../contracts/key-summary.ts'
import type { Pause } from '../contracts/pause.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { dueOf } from '../schedule/key-due.ts'
import { isPaused } from '../schedule/pauses.ts'
import type { Context } from './context.ts'
import { isBroken, isDrift, resultOf } from './outcome.ts'

/** `find`: the key of the config as it is now; it and what stands may change while the process runs. */
export function createSummarize(
  find: (key: string) => KeyConfig | undefined,
  standing: Context['standing'] = { pausedAll: null },
): Summarize {
  return (record, now) => summarize(record, find(record.key), { now, ...standing })
}

function summarize(
  record: KeyRecord,
  key: KeyConfig | undefined,
  { now, pausedAll }: { now: number; pausedAll: Pause | null },
): KeySummary {
  const { rotation, current } = record
  const conditions = [
    judgeReady(record, now),
    judgeRotating(record),
    judgeBlocked(record),
    judgeDrifted(record),
  ]
  const next = key
    ? dueOf(record, key, now, pausedAll)
    : { at: null, why: 'the config no longer has this key' }
  const state = stateOf(record, key, isPaused(record, pausedAll, now))
  const [ready] = conditions
  const telling = conditions.find(({ type, status }) => type === 'Rotating' && status === 'True') ?? ready
  const { reason = '', message = '' } = (ready?.status === 'True' ? telling : ready) ?? {}
  const ids = rotation ? rotation.pin.targets.map(({ id }) => id) : key?.targets.map(({ id }) => id)
  return {
    state,
    reason,
    message,
    conditions,
    fingerprint: current?.fingerprint ?? null,
    currentSince: current && current.sinceFrom !== 'spread' ? current.since : null,
    expiresAt: current?.expiresAt ?? null,
    nextRotationAt: next.at,
    nextWhy: next.why,
    rotation: rotation && {
      id: rotation.id,
      step: rotation.step,
      standing: rotation.standing,
      startedAt: rotation.startedAt,
      // A report that joined a running rotation counts more than why that one was started.
      reason: rotation.compromised ? 'compromised' : rotation.reason,
      killBy: rotation.compromised?.killBy ?? null,
    },
    last: record.last,
    targets: (ids ?? Object.keys(record.places)).map((id) => summarizeTarget(id, record)),
    debts: record.debts.length,
    violations: [...new Set(record.violations.map(({ kind }) => nameOf(kind)))],
  }
}

function stateOf({ rotation, current }: KeyRecord, key: KeyConfig | undefined, isHeld: boolean): KeyState {
  switch (rotation?.standing) {
    case 'active':
      return 'Rotating'
    case 'waiting':
      return 'Waiting'
    case 'awaiting-operator':
      return 'AwaitingPerson'
    case 'blocked':
      return 'Blocked'
    default:
      if (!key) return 'NotInConfig'
      if (key.observe) return 'Observed'
      if (isHeld) return 'Paused'
      return current ? 'Current' : 'New'
  }
}

/** True while nobody has to do anything about the key: what an exit code of 0 or of "waiting" says. */
function judgeReady(record: KeyRecord, now: number): Condition {
  const type = 'Ready'
  const { rotation, current } = record
  const end = rotation ? 'waiting' : 'idle'
  const isCalm = resultOf({ key: record.key, end, record, notes: [] }, now) !== 'needs-person'
  if (isCalm && current) return { type, status: 'True', reason: 'Current', message: '' }
  if (isCalm && !rotation)
    return { type, status: 'False', reason: 'NoKey', message: 'no key was found or made yet' }
  return { type, status: 'False', ...troubleOf(record) }
}

/** The most pressing trouble, in the order of the table of results. */
function troubleOf(record: KeyRecord): { reason: string; message: string } {
  const { rotation, last, debts } = record
  if (rotation?.hold) return { reason: toReason(rotation.hold.reason), message: rotation.hold.detail }
  if (rotation) return { reason: 'FirstKey', message: 'its first key is being made' }
  if (isBroken(record))
    return {
      reason: 'EndedByDeadline',
      message: (last?.exceptions ?? []).map(({ detail }) => detail).join('; '),
    }
  if (debts[0])
    return { reason: 'KeyToDelete', message: `delete ${debts[0].name} at the issuer: ${debts[0].why}` }
  const violation = record.violations.find(
    ({ kind }) => kind !== 'handed-over' && nameOf(kind) !== 'not-retired',
  )
  if (violation) return { reason: toReason(nameOf(violation.kind)), message: violation.detail }
  const drifted = judgeDrifted(record)
  if (drifted.status === 'True') return { reason: drifted.reason, message: drifted.message }
  const [failed] = Object.entries(record.places).flatMap(([id, { failure }]) =>
    failure ? [`${id}: ${failure.message}. ${failure.nextStep}`] : [],
  )
  return { reason: 'TargetRefused', message: failed ?? '' }
}

function judgeRotating({ rotation, request, last }: KeyRecord): Condition {
  const type = 'Rotating'
  if (rotation) {
    const { id, step, standing, hold } = rotation
    const message = `${id}: ${step}, ${standing}${hold ? `: ${hold.detail}` : ''}`
    return { type, status: 'True', reason: toReason(hold?.reason ?? step), message }
  }
  if (request) return { type, status: 'False', reason: 'Requested', message: request.why ?? '' }
  if (!last) return { type, status: 'False', reason: 'NeverRotated', message: '' }
  return {
    type,
    status: 'False',
    reason: toReason(last.end),
    message: `${last.id}${last.why ? `: ${last.why}` : ''}`,
  }
}

function judgeBlocked({ rotation }: KeyRecord): Condition {
  const isHeld = rotation?.standing === 'blocked' || rotation?.standing === 'awaiting-operator'
  if (!rotation || !isHeld) return { type: 'Blocked', status: 'False', reason: 'NotBlocked', message: '' }
  const { hold } = rotation
  const message = hold ? `${hold.detail}${hold.command ? `; run: ${hold.command}` : ''}` : ''
  return { type: 'Blocked', status: 'True', reason: toReason(hold?.reason ?? rotation.standing), message }
}

function judgeDrifted(record: KeyRecord): Condition {
  const type = 'Drifted'
  const { rotation } = record
  const seen = rotation
    ? Object.entries(rotation.targets).map(([id, { holds }]) => ({
        id,
        isDrift: holds === 'foreign' || holds === 'past',
        isRead: holds !== 'unread',
      }))
    : Object.entries(record.places).map(([id, { holds }]) => ({
        id,
        isDrift: isDrift(holds, record),
        isRead: holds !== 'unreadable',
      }))
  const drifted = seen.filter((target) => target.isDrift).map(({ id }) => id)
  if (drifted.length > 0)
    return {
      type,
      status: 'True',
      reason: 'Drift',
      message: `not the key in use: ${drifted.slice(0, 5).join(', ')}`,
    }
  const unread = seen.find(({ isRead }) => !isRead)
  if (seen.length === 0 || unread)
    return { type, status: 'Unknown', reason: 'NotRead', message: unread ? `not read: ${unread.id}` : '' }
  return { type, status: 'False', reason: 'InSync', message: '' }
}

/** What a running rotation saw last, else the last look between rotations. */
export function summarizeTarget(id: string, record: KeyRecord | null): TargetSummary {
  const ledger = record?.rotation?.targets[id]
  const names = {
    old: 'current',
    new: 'new',
    past: 'past',
    absent: 'absent',
    foreign: 'foreign',
    unread: 'not read',
  } as const
  if (ledger) {
    return {
      id,
      holds: names[ledger.holds],
      at: ledger.readBackAt ?? null,
      version: ledger.version ?? null,
      why: ledger.failure?.message ?? null,
    }
  }
  const place = record?.places[id]
  if (!place) return { id, holds: 'not read', at: null, version: null, why: null }
  return {
    id,
    holds: place.holds,
    at: Math.max(place.at, record?.lookedAt ?? 0),
    version: place.version ?? null,
    why: place.failure?.message ?? null,
  }
}

/** The kind of a trouble without the target that it concerns. */
function nameOf(kind: string): string {
  return kind.split(':')[0] ?? kind
}

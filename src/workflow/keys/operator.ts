import type { Rotation } from '../../contracts/record.ts'
import { type Reason, reasons } from '../words/reasons.ts'
import { evidenceFor, type Next, note, notify, type Turn } from '../words/turn.ts'
import { mintMark } from './attempts.ts'

/**
 * Asks a person to create the next key, or to delete the old one, and waits for it. Called again, it keeps the name and
 * the dates of the first time and reminds when a reminder is due.
 */
export function askOperator(turn: Turn, kind: 'create' | 'revoke'): Next {
  const { rotation, record, now } = turn
  const { policy } = rotation.pin
  if (rotation.operator?.kind !== kind) {
    const name =
      kind === 'create' ? `keyrota-${record.key}-${mintMark(record, rotation)}` : nameOfOld(rotation)
    rotation.operator = {
      kind,
      name,
      askedAt: now,
      remindAt: Math.min(now + policy.remindEveryMs, now + policy.operatorDeadlineMs),
      deadline: now + policy.operatorDeadlineMs,
    }
    note(turn, 'asked', say(turn, kind, name), { kind, name })
    notify(turn, 'warning', reasonOf(kind), say(turn, kind, name), commandOf(turn, kind))
  } else if (now >= rotation.operator.remindAt) {
    const { deadline } = rotation.operator
    const late = now >= deadline
    // People are notified at the deadline itself, not at the reminder after it.
    rotation.operator.remindAt = Math.min(
      now + policy.remindEveryMs,
      late ? Number.POSITIVE_INFINITY : deadline,
    )
    note(turn, 'reminded', say(turn, kind, rotation.operator.name))
    notify(
      turn,
      late ? 'alarm' : 'warning',
      reasonOf(kind),
      say(turn, kind, rotation.operator.name),
      commandOf(turn, kind),
    )
  }
  return standForOperator(turn, kind)
}

/** The name a person finds it by; an adopted key has none here, so its fingerprint says which one is meant. */
function nameOfOld({ old }: Rotation): string {
  return old?.name ?? old?.ref?.name ?? `the key with the fingerprint ${old?.fingerprint ?? 'unknown'}`
}

/** Waits for the person who was asked. */
function standForOperator(turn: Turn, kind: 'create' | 'revoke'): Next {
  const { rotation, now } = turn
  const ask = rotation.operator
  if (!ask) throw new Error('nobody was asked')
  rotation.standing = 'awaiting-operator'
  rotation.hold = {
    reason: reasonOf(kind),
    detail: say(turn, kind, ask.name),
    command: commandOf(turn, kind),
    since: ask.askedAt,
    until: ask.deadline,
    ...evidenceFor(turn, reasonOf(kind)),
  }
  const next = kind === 'create' ? ask.remindAt : Math.min(ask.remindAt, now + rotation.pin.policy.retryMaxMs)
  return { do: 'stand', wakeAt: next }
}

/** The person has done it, or must no longer do it. */
export function endAsk(turn: Turn, why: string): void {
  if (!turn.rotation.operator) return
  note(turn, 'ask-ended', why, { kind: turn.rotation.operator.kind })
  delete turn.rotation.operator
}

function reasonOf(kind: 'create' | 'revoke'): Reason {
  return kind === 'create' ? reasons.operatorCreate : reasons.operatorRevoke
}

function commandOf(turn: Turn, kind: 'create' | 'revoke'): string {
  return kind === 'create' ? `keyrota supply ${turn.record.key}` : `keyrota resume ${turn.record.key}`
}

function say(turn: Turn, kind: 'create' | 'revoke', name: string): string {
  const { issuer } = turn.rotation.pin
  const fingerprint = turn.rotation.old?.fingerprint ?? 'unknown'
  const hint = name.includes(fingerprint) ? '' : ` (fingerprint ${fingerprint})`
  return kind === 'create'
    ? `create a key named ${name} at ${issuer.name} and supply it`
    : `delete ${name}${hint} at ${issuer.name}; Keyrota finds out by probing`
}

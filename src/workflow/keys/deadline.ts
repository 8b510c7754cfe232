import type { Attempt, Pin } from '../../contracts/record.ts'
import { nextTry, revokeSettleMs } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, note, notify, type Turn, wait, waitBounded } from '../words/turn.ts'
import { rulesOf } from './lifecycle.ts'

/*
 * A key can end by itself: it expires, or the creation of the next one set it an end. That is a deadline for everybody
 * who still uses it, and for a rollback that would put it back.
 */

/** The creation of this key set the old one an end, counted from when it was asked for. */
export function noteOldEnds(turn: Turn, attempt: Attempt): void {
  const { rotation, now } = turn
  const { old } = rotation
  const { diesAfterMs } = rulesOf(rotation)
  if (!old || diesAfterMs === undefined) return
  const diesAt = attempt.at + diesAfterMs
  if (old.diesAt !== undefined && old.diesAt <= diesAt) return
  old.diesAt = diesAt
  const text = `${rotation.pin.issuer.name} ends the old key by itself at ${sayTime(diesAt, now)}`
  note(turn, 'noted', text)
  notify(turn, 'info', 'old-key-ends', text)
}

/** `2026-11-29T10:00:00.000Z (in 47 h)`. */
export function sayTime(at: number, now: number): string {
  const leftMs = at - now
  const unit = leftMs >= 2 * 3_600_000 ? ([3_600_000, 'h'] as const) : ([60_000, 'min'] as const)
  const left = leftMs > 0 ? `in ${Math.floor(leftMs / unit[0])} ${unit[1]}` : 'over'
  return `${new Date(at).toISOString()} (${left})`
}

/** When the old key ends by itself, as an addition to a sentence; empty when it does not. */
export function sayOldEnds({ rotation, now }: Turn): string {
  const { old } = rotation
  if (!old || old.dead || old.diesAt === undefined) return ''
  return `; the old key ends by itself at ${sayTime(old.diesAt, now)}`
}

/**
 * Whether too little time is left to put the old key back: after the way back there has to be as much again, and, unless
 * a person asks for it, half of the time that the issuer gives, to remove the cause.
 */
export function isTooLateToGoBack(
  { rotation, now }: Pick<Turn, 'rotation' | 'now'>,
  by: 'person' | 'rules' = 'rules',
): boolean {
  const { old, pin } = rotation
  if (old?.diesAt === undefined) return false
  const { diesAfterMs = 0 } = rulesOf(rotation)
  return old.diesAt - now < Math.max(2 * wayBackMs(pin), by === 'rules' ? diesAfterMs / 2 : 0)
}

/** How long restoring the old value takes when nothing goes wrong: written, read back, settled, consumers restarted. */
function wayBackMs({ policy, targets, consumers }: Pin): number {
  const settleMs = Math.max(0, ...targets.map(({ traits }) => traits.settleMs))
  const readyMs = consumers.some(({ restarts }) => restarts) ? policy.readyLimitMs : 0
  return 2 * policy.callLimitMs + settleMs + readyMs
}

/** Nothing is sent for it: the old key is probed until it is refused, and blocked when it outlives its end. */
export function waitForEnd(turn: Turn): Next {
  const { rotation, now } = turn
  const { diesAt = rotation.stepSince } = rotation.old ?? {}
  const overAt = diesAt + revokeSettleMs(rotation.pin.issuer)
  const detail = 'the old key is not used any more, and no request ends it'
  if (now < diesAt) return wait(turn, diesAt, reasons.endsByItself, `${detail}${sayOldEnds(turn)}`)
  const soon = nextTry(rotation, 'confirm-revoked', now)
  if (now < overAt) return waitBounded(turn, Math.min(overAt, soon), reasons.endsByItself, detail)
  const { name } = rotation.pin.issuer
  return block(
    turn,
    reasons.notRevoked,
    `the old key is still accepted after the time at which ${name} was to end it: check \`oldKeyOnIssue\` in its config, and end the key there by hand`,
  )
}

import type { Attempt, Revocation } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { commandFor, confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import {
  block,
  type Next,
  note,
  notify,
  perform,
  progress,
  type Turn,
  wait,
  waitBounded,
} from '../words/turn.ts'
import { candidate, livingOld } from './attempts.ts'
import { nameHoldings, usersAmong } from './holdings.ts'
import { oweAttempt } from './known-keys.ts'
import { discardNewBy } from './lifecycle.ts'
import { lookInList, questionsOfOrphan } from './orphan.ts'
import { isGivenUp, MAX_REVOKES, revokedBy } from './revoke-tries.ts'
import { askedPauseMs, extendStreak, isConfirmedStreak, judgeKey } from './verdicts.ts'

/** If the new value can no longer be read, the issuer's list shows whether the key is gone. */
export function questionsOfDiscard(turn: Turn): Question[] {
  const attempt = candidate(turn.rotation)
  if (!attempt) return []
  if (turn.rotation.withdrawal) return questionsOfOrphan(turn, attempt)
  return attempt.fingerprint ? [{ ask: 'holders', fingerprint: attempt.fingerprint }] : []
}

/** Somebody may have taken the new key for another managed key meanwhile: it is not revoked under that one. */
function judgeUsers(turn: Turn, attempt: Attempt): Next | null {
  if (turn.rotation.withdrawal || attempt.fingerprint === undefined) return null
  const holdings = turn.answers.holders[attempt.fingerprint]
  if (!holdings) return { do: 'ask' }
  const [first, ...others] = usersAmong(holdings)
  if (!first) return null
  return block(
    turn,
    reasons.sharedKey,
    `the new key (${attempt.fingerprint}) is also the key of ${nameHoldings([first, ...others])}, so it is not revoked. Give that one a key of its own first, then: ${commandFor(turn.record.key)}`,
    { command: `keyrota rotate ${quoteWord(first.key)}` },
  )
}

/**
 * The last part of RULES.md 2: no target holds the new key, nothing is in flight, consumers are back and the old key is
 * accepted, so the new key may be revoked. Null once it is gone, or a debt of the person who created it.
 */
export function discardNew(turn: Turn): Next | null {
  const { rotation } = turn
  const attempt = candidate(rotation)
  if (attempt?.state !== 'issued') return null
  const how = discardNewBy(rotation, attempt)
  const shared = how === 'keep' ? null : judgeUsers(turn, attempt)
  if (shared) return shared
  if (how === 'person') return oweToPerson(turn, attempt)
  if (how === 'keep') {
    set(attempt, { state: 'kept', why: rotation.rollback?.why ?? 'not used' })
    note(
      turn,
      'kept',
      `${attempt.name} stays the current key of the issuer: no verb ends it and spares the old one`,
    )
    progress(turn)
    return null
  }
  const withdrawal = rotation.withdrawal
  if (!withdrawal) {
    rotation.withdrawal = { state: 'intended', landsBy: 0, tries: 1, nextTryAt: 0, intendedAt: turn.now }
    return perform(
      turn,
      [revokeEffect(attempt)],
      `revoke the new key: ${rotation.rollback?.why ?? 'discarded'}`,
    )
  }
  return seeGone(turn, attempt, withdrawal)
}

function revokeEffect(attempt: Attempt) {
  return {
    kind: 'revoke' as const,
    attempt: attempt.mark,
    ...(attempt.ref ? { ref: attempt.ref } : {}),
    ...(attempt.fingerprint ? { fingerprint: attempt.fingerprint } : {}),
  }
}

function seeGone(turn: Turn, attempt: Attempt, withdrawal: Revocation): Next | null {
  const { rotation, answers, now } = turn
  const held = attempt.fingerprint !== undefined && answers.held.includes(attempt.fingerprint)
  const verdict = held
    ? judgeKey(answers.probe, attempt.fingerprint ?? '', livingOld(rotation))
    : ({ listed: 'accepted', gone: 'rejected', unknown: 'unknown' } as const)[lookInList(turn, attempt)]
  if (verdict === 'rejected') {
    const streak = extendStreak(turn, 'discarded', 'rejected')
    if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
    attempt.state = 'revoked'
    note(turn, 'revoked', 'the new key is gone', { ref: attempt.ref?.id, fingerprint: attempt.fingerprint })
    progress(turn)
    return null
  }
  extendStreak(turn, 'discarded', null)
  if (verdict !== 'accepted') {
    return waitBounded(
      turn,
      nextTry(rotation, 'probe', now, askedPauseMs(answers.probe)),
      reasons.probeUnknown,
      'the probe is inconclusive about the discarded key',
    )
  }
  const until = Math.max(revokedBy(turn, withdrawal), withdrawal.landsBy, withdrawal.nextTryAt)
  if (now < until) {
    return wait(
      turn,
      Math.min(until, nextTry(rotation, 'confirm-discarded', now)),
      reasons.notRevoked,
      'the discarded key is still accepted; within the settle time',
    )
  }
  if (isGivenUp(turn, withdrawal)) {
    withdrawal.tries = Math.min(withdrawal.tries, MAX_REVOKES - 1)
    return block(
      turn,
      reasons.notRevoked,
      `the discarded key ${attempt.name} is still accepted (${withdrawal.why ?? 'the issuer reported it as done'}); revoke it at the issuer by hand`,
    )
  }
  withdrawal.tries += 1
  withdrawal.nextTryAt = nextTry(rotation, 'revoke-new', now)
  return perform(turn, [revokeEffect(attempt)], 'revoke the new key again: it is still accepted')
}

function oweToPerson(turn: Turn, attempt: Attempt): null {
  attempt.state = 'closed'
  attempt.why = turn.rotation.rollback?.why ?? 'not used'
  oweAttempt(turn, attempt, attempt.why)
  const command = commandFor(turn.record.key, confirmationOf('deleted', attempt.name))
  notify(
    turn,
    'alarm',
    'delete-key',
    `delete ${attempt.name} at ${turn.rotation.pin.issuer.name}: ${attempt.why}`,
    command,
  )
  return null
}

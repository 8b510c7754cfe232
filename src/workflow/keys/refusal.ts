import type { Attempt } from '../../contracts/record.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, type Next, note, notify, type Turn, wait } from '../words/turn.ts'
import { anotherKeyOf } from './attempts.ts'
import { sayOldEnds } from './deadline.ts'
import { rulesOf } from './lifecycle.ts'
import { beginCreate } from './new-key.ts'
import { askOperator } from './operator.ts'
import { revokeOrphan } from './orphan.ts'
import { describeProbe, extendStreak, isConfirmedStreak, nextConfirmAt } from './verdicts.ts'

/** Refused throughout the settle time: with a control that is a verdict, without one a person has to look. */
export function judgeRefusal(turn: Turn, attempt: Attempt, verdict: 'rejected' | 'refused'): Next {
  const { rotation, now } = turn
  const settleMs = rotation.pin.issuer.traits.settleMs
  const streak = extendStreak(turn, 'new', 'rejected')
  const over = now >= attempt.at + settleMs
  if (!streak || !over || !isConfirmedStreak(turn, streak, 0)) {
    const until = over ? now : Math.min(nextConfirmAt(turn, settleMs), attempt.at + settleMs)
    return until > now ? waitWhileRefused(turn, until) : { do: 'ask' }
  }
  if (isConfirmed(rotation, anotherKeyOf(rotation))) {
    set(attempt, { state: 'closed', why: 'the issuer refused it' })
    return beginCreate(turn)
  }
  note(
    turn,
    'verdict',
    'the new key is refused',
    describeProbe(turn.answers.probe, attempt.fingerprint ?? ''),
  )
  return verdict === 'refused' ? blockOnBoth(turn) : giveUp(turn, attempt)
}

/** Without a living old key the first moment counts at which the new one is accepted. */
function waitWhileRefused(turn: Turn, until: number): Next {
  const { rotation, now } = turn
  const isUrgent = rulesOf(rotation).oldOnCreate === 'dies'
  return wait(
    turn,
    isUrgent ? Math.min(until, nextTry(rotation, 'probe', now)) : until,
    reasons.settling,
    'the new key is still refused; within the settle time that does not count',
  )
}

function blockOnBoth(turn: Turn): Next {
  const isOldGone = rulesOf(turn.rotation).oldOnCreate === 'dies'
  return block(
    turn,
    reasons.bothRefused,
    'the new key is refused, and so is every key that must work: inconclusive, nothing was written',
    isOldGone ? { needs: anotherKeyOf(turn.rotation) } : {},
  )
}

/** The key cannot be used: revoked, replaced by a supplied one, or a person decides what replacing it may cost. */
function giveUp(turn: Turn, attempt: Attempt): Next {
  const { rotation } = turn
  const { create, createAgain } = rulesOf(rotation)
  if (createAgain === 'ends-old') {
    return block(
      turn,
      reasons.newKeyRefused,
      `the issuer refuses the key that it made; nothing was written. Creating another ends the old key at once, which is in use${sayOldEnds(turn)}`,
      { needs: anotherKeyOf(rotation) },
    )
  }
  if (create === 'api') {
    attempt.state = 'orphan'
    attempt.why = 'refused at creation'
    rotation.rollback = { why: 'the new key was refused at creation', after: 'end' }
    return revokeOrphan(turn, attempt, () => beginCreate(turn))
  }
  attempt.state = 'closed'
  attempt.why = 'the probe refused it throughout the settle time'
  notify(
    turn,
    'warning',
    reasons.newKeyRefused,
    'the issuer refuses the supplied value: a typo, or not a key; supply it again',
  )
  return askOperator(turn, 'create')
}

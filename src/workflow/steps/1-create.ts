import type { Attempt } from '../../contracts/record.ts'
import { bothKeys, candidate, isApi, livingOld, newFingerprint } from '../keys/attempts.ts'
import { discardNew } from '../keys/discard.ts'
import { nameHolding } from '../keys/holdings.ts'
import { oweAttempt } from '../keys/known-keys.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { lookForNew } from '../keys/list-control.ts'
import { questionsOfLost, settleLost } from '../keys/lost-answer.ts'
import { beginCreate } from '../keys/new-key.ts'
import { askOperator, endAsk } from '../keys/operator.ts'
import { questionsOfOrphan, revokeOrphan } from '../keys/orphan.ts'
import { judgeRefusal } from '../keys/refusal.ts'
import { regainValue } from '../keys/regain-value.ts'
import { noteAccepted } from '../keys/seen-accepted.ts'
import { questionsOfServiceKey } from '../keys/service-key.ts'
import { refuseUnfit } from '../keys/unfit.ts'
import { findInUse, questionsOfUnseen } from '../keys/unseen-value.ts'
import {
  askedPauseMs,
  describeProbe,
  extendStreak,
  isConfirmedStreak,
  judgeKey,
  nextConfirmAt,
} from '../keys/verdicts.ts'
import { commandFor, confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, note, notify, type Turn, wait, waitBounded } from '../words/turn.ts'

/** The new key: created once, found by its mark, and accepted throughout the settle time before any target is written. */
export function questions(turn: Turn): Question[] {
  const attempt = candidate(turn.rotation)
  if (!attempt) return questionsOfServiceKey(turn)
  switch (attempt.state) {
    case 'lost':
      return questionsOfLost(turn, attempt)
    case 'orphan':
      return [...questionsOfUnseen(turn, attempt), ...questionsOfOrphan(turn, attempt)]
    case 'issued':
      return attempt.fingerprint
        ? [
            { ask: 'holders', fingerprint: attempt.fingerprint },
            { ask: 'fit', fingerprint: attempt.fingerprint },
            { ask: 'probe', subjects: bothKeys(turn.rotation) },
            ...questionsOfListed(turn, attempt),
          ]
        : []
    default:
      return questionsOfServiceKey(turn)
  }
}

/** While the new key settles the list is looked at too, until it shows the key. */
function questionsOfListed({ rotation }: Turn, attempt: Attempt): Question[] {
  return rulesOf(rotation).isListed && !attempt.isListed ? [{ ask: 'list' }] : []
}

export { beginCreate as begin } from '../keys/new-key.ts'

export function decide(turn: Turn): Next {
  const attempt = candidate(turn.rotation)
  if (!attempt) return beginCreate(turn)
  switch (attempt.state) {
    case 'lost':
      return settleLost(turn, attempt)
    case 'orphan':
      return findInUse(turn, attempt) ?? endOrphan(turn, attempt)
    case 'issued':
      return judgeIssued(turn, attempt)
    case 'intended':
      return block(turn, reasons.issuerRefused, attempt.why ?? 'the issuer refused to create a key')
    case 'absent':
    case 'revoked':
    case 'closed':
    case 'kept':
      return beginCreate(turn)
  }
}

/** Where the next creation replaces it, nothing is sent for it; otherwise it is revoked. */
function endOrphan(turn: Turn, attempt: Attempt): Next {
  const isReplaced = rulesOf(turn.rotation).createAgain === 'ends-new'
  if (!isReplaced || (attempt.ref && turn.rotation.rollback))
    return revokeOrphan(turn, attempt, () => beginCreate(turn))
  attempt.state = 'closed'
  return beginCreate(turn)
}

function judgeIssued(turn: Turn, attempt: Attempt): Next {
  const fingerprint = newFingerprint(turn.rotation)
  if (!fingerprint) throw new Error('an issued key has a fingerprint')
  if (turn.rotation.rollback) return withdraw(turn, attempt, turn.rotation.rollback.why)
  if (!turn.answers.held.includes(fingerprint)) return loseValue(turn, attempt)
  const known = whoKnows(turn, fingerprint)
  if (known) return refuseKnown(turn, attempt, known)
  const unfit = refuseUnfit(turn, attempt)
  if (unfit) return unfit
  lookForNew(turn, attempt)
  const verdict = judgeKey(turn.answers.probe, fingerprint, livingOld(turn.rotation))
  const { settleMs } = turn.rotation.pin.issuer.traits
  const { oldOnCreate } = rulesOf(turn.rotation)
  if (verdict === 'accepted') {
    const streak = extendStreak(turn, 'new', 'accepted')
    // Without a living old key each look more is time in which consumers have none.
    const isEnough = oldOnCreate === 'dies' || (streak && isConfirmedStreak(turn, streak, settleMs))
    if (isEnough) return judgeOldBeside(turn, fingerprint)
    return wait(
      turn,
      nextConfirmAt(turn, settleMs),
      reasons.settling,
      'the new key is accepted; confirming it over the settle time',
    )
  }
  if (verdict === 'rejected' || verdict === 'refused') return judgeRefusal(turn, attempt, verdict)
  extendStreak(turn, 'new', null)
  const unsound = verdict === 'unsound'
  if (unsound || turn.now >= turn.answers.runUntil) {
    return block(
      turn,
      unsound ? reasons.probeUnsound : reasons.probeUnknown,
      'the probe is inconclusive about the new key; nothing was revoked and no target was written',
    )
  }
  return wait(
    turn,
    nextTry(turn.rotation, 'probe', turn.now, askedPauseMs(turn.answers.probe)),
    reasons.probeUnknown,
    'the probe is inconclusive about the new key',
  )
}

/** The process that held the value of the key is gone, and no target has it. */
function loseValue(turn: Turn, attempt: Attempt): Next {
  if (rulesOf(turn.rotation).createAgain === 'ends-old')
    return regainValue(turn, attempt, 'its value was lost with the process that held it')
  if (isApi(turn.rotation.pin.issuer)) {
    attempt.state = 'orphan'
    attempt.why = 'its value was lost with the process that held it'
    note(turn, 'orphan', `${attempt.name}: ${attempt.why}`, { ref: attempt.ref?.id })
    return { do: 'ask' }
  }
  attempt.state = 'lost'
  attempt.why = 'its value was lost before it was in a target'
  oweAttempt(turn, attempt, attempt.why)
  notify(
    turn,
    'warning',
    reasons.valueLost,
    `${attempt.name} was lost before it was in a target: delete it at the issuer and supply another`,
    commandFor(turn.record.key, confirmationOf('deleted', attempt.name)),
  )
  // The next key gets a name of its own: one name must never mean a key to use and a key to delete.
  endAsk(turn, attempt.why)
  return askOperator(turn, 'create')
}

/** A person cancelled the rotation before any target was sent the key: it may be revoked at once. */
function withdraw(turn: Turn, attempt: Attempt, why: string): Next {
  attempt.why = why
  // Without a list its probe shows that it is gone, as long as its value is held.
  if (!rulesOf(turn.rotation).isListed) return discardNew(turn) ?? beginCreate(turn)
  attempt.state = 'orphan'
  return revokeOrphan(turn, attempt, () => beginCreate(turn))
}

/**
 * The refusal of an old key counts only now that the new one is accepted. One that is accepted again was never dead:
 * there is a way back after all. An issuer that kills the old key on creation leaves none.
 */
function judgeOldBeside(turn: Turn, fingerprint: string): Next {
  const { old } = turn.rotation
  const verdict = old ? turn.answers.probe?.subjects[old.fingerprint]?.verdict : undefined
  if (old?.dead && verdict === 'accepted') {
    old.dead = false
    note(turn, 'verdict', 'the old key is accepted again: it was not dead')
  }
  if (old?.dead && verdict === 'unknown') {
    const until = nextTry(turn.rotation, 'probe', turn.now, askedPauseMs(turn.answers.probe))
    return waitBounded(turn, until, reasons.probeUnknown, 'the probe is inconclusive about the old key')
  }
  const { oldOnCreate, createAgain } = rulesOf(turn.rotation)
  const isSecond = turn.rotation.attempts.filter((one) => one.state !== 'absent').length > 1
  const dies = oldOnCreate === 'dies' || (createAgain === 'ends-old' && isSecond)
  if (old && dies && verdict === 'rejected') old.dead = true
  return accept(turn, fingerprint)
}

function whoKnows(turn: Turn, fingerprint: string): string | null {
  if (fingerprint === turn.rotation.old?.fingerprint) return 'the old key'
  if (turn.record.past.some((past) => past.fingerprint === fingerprint)) return 'an earlier key'
  if (turn.record.debts.some((debt) => debt.fingerprint === fingerprint)) return 'a key that is to be deleted'
  const [other] = turn.answers.holders[fingerprint] ?? []
  return other ? `the key of ${nameHolding(other)}` : null
}

function refuseKnown(turn: Turn, attempt: Attempt, known: string): Next {
  attempt.state = 'closed'
  attempt.why = `it is ${known}`
  delete attempt.fingerprint
  if (!isApi(turn.rotation.pin.issuer)) return askOperator(turn, 'create')
  return block(
    turn,
    reasons.knownValue,
    `the issuer returned a value that is ${known}; nothing was written or revoked`,
  )
}

function accept(turn: Turn, fingerprint: string): Next {
  note(
    turn,
    'verdict',
    'the new key is accepted over the settle time',
    describeProbe(turn.answers.probe, fingerprint),
  )
  noteAccepted(turn, fingerprint)
  endAsk(turn, 'the key was supplied and accepted')
  return { do: 'begin', step: 'deploy', why: 'the new key may go to the targets' }
}

import { isPassing } from '../../contracts/errors.ts'
import { seenIn } from '../../contracts/listing.ts'
import type { Failure } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { isApi } from '../keys/attempts.ts'
import { judgeOldInList, judgeOverlap } from '../keys/before-create.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { judgeRefusedOld, keepAcceptance, noteAccepted } from '../keys/seen-accepted.ts'
import { questionsOfServiceKey } from '../keys/service-key.ts'
import { askedPauseMs, extendStreak, isConfirmedStreak, judgeKey, nextConfirmAt } from '../keys/verdicts.ts'
import {
  judgeConsumerChecks,
  noteConsumerChecks,
  questionsOfConsumerChecks,
} from '../rollout/consumer-checks.ts'
import { judgeJournalAge } from '../rollout/journal-age.ts'
import { questionsOfUsers } from '../rollout/old-key-users.ts'
import {
  holdFor,
  judgeLost,
  judgeValues,
  pastInTargets,
  questionsOfOverwritten,
} from '../rollout/old-values.ts'
import { judgeUsersBefore } from '../rollout/shared-key.ts'
import { describeLimits } from '../words/lifecycle-limits.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, note, type Turn, wait, waitBounded } from '../words/turn.ts'

/** What must hold before a key is created: access, one old value everywhere, a sound probe, a slot, a way to revoke. */
export function questions(turn: Turn): Question[] {
  const { pin, old } = turn.rotation
  if (isConfirmed(turn.rotation, 'abandon')) return []
  const asked: Question[] = [
    ...pin.targets.map((target): Question => ({ ask: 'check', target: target.id })),
    ...questionsOfConsumerChecks(turn),
    ...readableTargets(turn.rotation),
  ]
  if (rulesOf(turn.rotation).isListed) asked.push({ ask: 'list' })
  asked.push(...questionsOfServiceKey(turn))
  asked.push(...questionsOfUsers(turn), ...questionsOfOverwritten(turn))
  asked.push({ ask: 'probe', subjects: [...(old ? [old.fingerprint] : []), ...pastInTargets(turn)] })
  if (old && !old.ref && pin.issuer.canIdentify) asked.push({ ask: 'identify', fingerprint: old.fingerprint })
  return asked
}

export function decide(turn: Turn): Next {
  if (isConfirmed(turn.rotation, 'abandon')) return { do: 'finish', end: 'not-started' }
  return (
    judgeAccess(turn) ??
    judgeConsumerChecks(turn) ??
    judgeJournalAge(turn) ??
    judgeValues(turn) ??
    judgeLost(turn) ??
    judgeIssuer(turn) ??
    judgeOldKey(turn) ??
    judgeOldInList(turn) ??
    judgeUsersBefore(turn) ??
    judgeWayToRevoke(turn) ??
    start(turn)
  )
}

/** Permissions and shape of every target; one that is unavailable is waited for, unless a key has leaked. */
function judgeAccess(turn: Turn): Next | null {
  for (const target of turn.rotation.pin.targets) {
    const check = turn.answers.checks[target.id]
    const held = check?.is === 'failed' ? holdFor(turn, target, check.failure) : null
    if (held) return held
  }
  return null
}

/** A free slot, and an old key that survives the creation of the new one. */
function judgeIssuer(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const { issuer, policy } = rotation.pin
  const { identified } = answers
  if (rotation.old && !rotation.old.ref && identified?.is === 'ok') {
    rotation.old.ref = identified.ref
    keepAcceptance(turn, rotation.old.fingerprint, { at: turn.now, by: 'identify' })
  }
  const outlasted = judgeOverlap(turn)
  if (outlasted) return outlasted
  if (!isApi(issuer)) return null
  const listed = answers.list
  if (listed?.is === 'failed') return holdForIssuer(turn, listed.failure)
  rotation.seen = seenIn(listed?.keys ?? [])
  const { maxLiveKeys } = issuer.traits
  if (maxLiveKeys !== undefined && rotation.seen.length >= maxLiveKeys) {
    return block(
      turn,
      reasons.noFreeSlot,
      `${issuer.name} already has ${rotation.seen.length} of ${maxLiveKeys} live keys; free one by hand`,
    )
  }
  if (rulesOf(rotation).oldOnCreate === 'dies' && !policy.allowOutage) {
    return block(
      turn,
      reasons.outageNotAllowed,
      `${issuer.name} ends the old key when it creates the new one; set allowOutage: true to accept that`,
    )
  }
  return null
}

/** A dead key needs no revocation; for any other there must be a way. */
function judgeWayToRevoke(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const { issuer } = rotation.pin
  const { identified } = answers
  // One whose value is lost becomes a debt if it has no id.
  if (!isApi(issuer) || !rotation.old || rotation.old.dead || rotation.old.isLost || rotation.old.ref)
    return null
  if (rulesOf(rotation).endOld !== 'revoke') return null
  if (issuer.traits.revokesByValue) return null
  if (identified?.is === 'failed' && isPassing(identified.failure))
    return holdForIssuer(turn, identified.failure)
  return block(
    turn,
    reasons.noWayToRevoke,
    `the issuer's id of the old key is unknown and ${issuer.name} cannot revoke by value`,
    { command: `keyrota resume ${quoteWord(turn.record.key)} --confirm 'id:<its id at the issuer>'` },
  )
}

function holdForIssuer(turn: Turn, failure: Failure): Next {
  if (failure.code === 'denied' || failure.code === 'invalid')
    return block(turn, reasons.issuerRefused, `${failure.message}. ${failure.nextStep}`)
  const until = nextTry(turn.rotation, 'preflight', turn.now, failure.retryAfterMs)
  return waitBounded(turn, until, reasons.issuerDown, failure.message)
}

/** The probe is sound (garbage refused) and the old key accepted; or refused throughout the settle time. */
function judgeOldKey(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const settleMs = rotation.pin.issuer.traits.settleMs
  const garbage = answers.probe?.garbage.verdict
  if (garbage === 'accepted') {
    return block(
      turn,
      reasons.probeUnsound,
      `the probe of ${rotation.pin.issuer.name} accepts a garbage key, so it proves nothing; fix the probe`,
    )
  }
  const asked = rotation.old && !rotation.old.isLost ? rotation.old.fingerprint : null
  const verdict = asked ? judgeKey(answers.probe, asked) : garbage === 'rejected' ? 'accepted' : 'unknown'
  if (verdict === 'accepted') {
    if (asked) noteAccepted(turn, asked)
    return null
  }
  if (verdict !== 'refused') {
    extendStreak(turn, 'old', null)
    return waitBounded(
      turn,
      nextTry(rotation, 'probe', turn.now, askedPauseMs(answers.probe)),
      reasons.probeUnknown,
      'the probe is inconclusive about the old key',
    )
  }
  const streak = extendStreak(turn, 'old', 'rejected')
  if (!streak || !isConfirmedStreak(turn, streak, settleMs)) {
    return wait(
      turn,
      nextConfirmAt(turn, settleMs),
      reasons.oldKeyRefused,
      'the old key is refused; confirming that',
    )
  }
  return judgeRefusedOld(turn)
}

/** Records what the checks assumed, and what a person should know about a target, before a key is created. */
function start(turn: Turn): Next {
  for (const [id, check] of Object.entries(turn.answers.checks)) {
    if (check.is !== 'ok') continue
    if (check.read === 'assumed' || check.write === 'assumed')
      note(turn, 'assumed', `${id}: read ${check.read}, write ${check.write}`, { notes: check.notes })
    else if (check.notes.length > 0) note(turn, 'noted', `${id}: ${check.notes.join('; ')}`)
  }
  noteConsumerChecks(turn)
  for (const limit of describeLimits(turn.rotation.pin.issuer)) note(turn, 'noted', limit)
  return { do: 'begin', step: 'create', why: 'preflight passed' }
}

import { bothKeys, newFingerprint } from '../keys/attempts.ts'
import { sayOldEnds, waitForEnd } from '../keys/deadline.ts'
import { oweReplaced } from '../keys/known-keys.ts'
import { endOldBy } from '../keys/lifecycle.ts'
import { askOperator, endAsk } from '../keys/operator.ts'
import { enableOld, needsList, revocationOf, revokeOldEffect, seeRevoked } from '../keys/revocation.ts'
import { judgeCurrentAtService, questionsOfCurrent } from '../keys/service-key.ts'
import { isOldUnheld, judgeUnheld, oweLost, questionsOfUnheld } from '../keys/unheld-old.ts'
import { extendStreak, isConfirmedStreak, judgeKey } from '../keys/verdicts.ts'
import { judgeDeployed, noVerdict } from '../rollout/acceptance.ts'
import { judgeEveryTarget, judgeReadings } from '../rollout/every-target.ts'
import { isDeclared, judgeLagging } from '../rollout/kill-by.ts'
import { judgeOldUse, questionsOfUse } from '../rollout/old-key-use.ts'
import { questionsOfUsers } from '../rollout/old-key-users.ts'
import { placeValues } from '../rollout/placement.ts'
import { judgeProof } from '../rollout/proof.ts'
import { decideConsumers, questionsOfConsumers } from '../rollout/restarts.ts'
import { retireOld } from '../rollout/retire.ts'
import { handOver, judgeUsersAtEnd } from '../rollout/shared-key.ts'
import { overlapMsOf } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, type Next, note, perform, type Turn, wait, waitBounded } from '../words/turn.ts'

/** The overlap, the evidence again, the reversible disable, the intent, the revoke, and proof that it took. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const state = revocationOf(turn).state
  if (state === 'seen-refused' || state === 'handed-over') return []
  const probe: Question = { ask: 'probe', subjects: bothKeys(rotation) }
  const targets = readableTargets(rotation)
  const users = questionsOfUsers(turn)
  if (state === 'none')
    return [
      ...targets,
      probe,
      ...users,
      ...questionsOfUse(turn),
      ...questionsOfCurrent(turn),
      ...questionsOfUnheld(turn),
      ...questionsOfConsumers(turn, 'new'),
    ]
  if (state === 'disabled') return [...targets, ...users]
  if (needsList(turn)) return [probe, { ask: 'list' }]
  return [probe, ...questionsOfCurrent(turn), ...questionsOfUnheld(turn)]
}

/** The overlap begins, in which both keys work; past a declared deadline the old key is revoked at once instead. */
export function begin(turn: Turn): Next {
  const { rotation, now } = turn
  if (isDeclared(rotation) && revocationOf(turn).state === 'none') {
    const how = endOldBy(rotation)
    if (how === 'person') return askOperator(turn, 'revoke')
    if (how === 'revoke') return intend(turn, 'revoke the leaked key')
  }
  const { diesAt = Number.POSITIVE_INFINITY } = rotation.old ?? {}
  rotation.overlapUntil = Math.min(now + overlapMsOf(rotation), Math.max(now, diesAt))
  return { do: 'commit' }
}

export function decide(turn: Turn): Next {
  const revocation = revocationOf(turn)
  switch (revocation.state) {
    case 'none':
      return judgeEvidence(turn)
    case 'disabled':
      return judgeOnceMore(turn)
    case 'intended':
    case 'answered':
    case 'not-revoked':
      return seeRevoked(turn) ?? afterRevoked(turn)
    case 'seen-refused':
      return afterRevoked(turn)
    case 'handed-over':
      return afterHandOver(turn)
  }
}

/** Evidence for the pinned and the present config; a new key that is refused now still rolls back. */
function judgeEvidence(turn: Turn): Next {
  const { rotation, now } = turn
  // Past a declared deadline a target that lags delays nothing: it is written when it is available again.
  if (isDeclared(rotation)) return judgeDeploy(turn) ?? judgeOld(turn)
  const stopped = judgeEveryTarget(turn) ?? judgeDeployed(turn)
  if (stopped) return stopped
  if (isRefused(turn)) return judgeReadings(turn) ?? decideConsumers(turn, 'new') ?? judgeOld(turn)
  const overlapUntil = rotation.overlapUntil ?? now
  if (now < overlapUntil)
    return wait(
      turn,
      overlapUntil,
      reasons.overlap,
      `both keys are valid until the overlap ends${sayOldEnds(turn)}`,
    )
  const unmoved = judgeReadings(turn) ?? decideConsumers(turn, 'new') ?? judgeProof(turn, 'new')
  return unmoved ?? judgeOldUse(turn) ?? judgeOld(turn)
}

/** A write that is due, and nothing else: a target that is waited for must not keep the leaked key valid. */
function judgeDeploy(turn: Turn): Next | null {
  const next = placeValues(turn)
  return next?.do === 'perform' ? next : null
}

/** The old key is refused while the new one is accepted: nobody can be using it any more. */
function isRefused(turn: Turn): boolean {
  const { old } = turn.rotation
  return (
    old !== null &&
    judgeKey(turn.answers.probe, old.fingerprint, newFingerprint(turn.rotation)) === 'rejected'
  )
}

/** The old key is dead already, or a person or the issuer ends it now. */
function judgeOld(turn: Turn): Next {
  const { rotation } = turn
  const old = rotation.old
  if (!old) return { do: 'finish', end: 'completed' }
  const verdict = judgeKey(turn.answers.probe, old.fingerprint, newFingerprint(rotation))
  const shared = verdict === 'rejected' ? null : judgeUsersAtEnd(turn)
  if (shared === 'hand-over') {
    handOver(turn)
    return afterHandOver(turn)
  }
  if (shared) return shared
  if (isOldUnheld(turn)) return judgeOldByList(turn)
  if (verdict === 'rejected') {
    const streak = extendStreak(turn, 'old', 'rejected')
    if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
    endAsk(turn, 'the old key is dead')
    const replaced = endReplaced(turn)
    if (replaced) return replaced
    note(turn, 'revoked', 'the issuer refuses the old key already', { fingerprint: old.fingerprint })
    revocationOf(turn).state = 'seen-refused'
    return afterRevoked(turn)
  }
  extendStreak(turn, 'old', null)
  if (verdict !== 'accepted') return noVerdict(turn)
  return endOld(turn)
}

/** A key of this rotation was replaced by the next one and may outlive the old key: its overlap is ended too. */
function endReplaced(turn: Turn): Next | null {
  const { attempts } = turn.rotation
  const isReplaced = attempts.some(({ state, fingerprint }) => state === 'closed' && fingerprint)
  if (!isReplaced || endOldBy(turn.rotation) !== 'end-overlap') return null
  // Nothing else shows that it is not the new key that was replaced meanwhile.
  if (!turn.rotation.pin.issuer.canReadBack) return oweReplaced(turn)
  return (
    judgeCurrentAtService(turn, newFingerprint(turn.rotation) ?? '') ??
    intend(turn, 'end the overlap with the key that was replaced')
  )
}

/** The old key lives: ended by a request, by a person, or by itself. */
function endOld(turn: Turn): Next {
  const { rotation } = turn
  switch (endOldBy(rotation)) {
    case 'person':
      return askOperator(turn, 'revoke')
    case 'by-itself':
      return waitForEnd(turn)
    case 'end-overlap':
      return (
        judgeCurrentAtService(turn, newFingerprint(rotation) ?? '') ??
        intend(turn, 'end the overlap: from here only forward')
      )
    case 'revoke':
      return rotation.pin.issuer.canDisable && !isDeclared(rotation) ? disable(turn) : intend(turn)
  }
}

/** Without its value the old key is judged, and revoked, by its id alone. */
function judgeOldByList(turn: Turn): Next {
  if (oweLost(turn)) return afterHandOver(turn)
  const found = judgeUnheld(turn)
  if (found === 'alive') return intend(turn)
  if (found !== 'dead') return found
  note(turn, 'revoked', 'the issuer no longer has the old key', { ref: turn.rotation.old?.ref?.id })
  revocationOf(turn).state = 'seen-refused'
  return afterRevoked(turn)
}

/** Others use the old key, or nothing can be known of it: the rotation has nothing more to do with it. */
function afterHandOver(turn: Turn): Next {
  return judgeLagging(turn) ?? retireOld(turn) ?? { do: 'finish', end: 'completed' }
}

/** The last step that can be undone. After it was undone the old key stays as it is for a while, visibly blocked. */
function disable(turn: Turn): Next {
  const revocation = revocationOf(turn)
  if (revocation.nextTryAt > turn.now) {
    const why = revocation.why ?? 'the issuer did not disable it'
    if (turn.rotation.tries.disable)
      return waitBounded(turn, revocation.nextTryAt, reasons.issuerDown, `disabling the old key: ${why}`)
    return block(turn, reasons.evidenceGone, `the old key was enabled again: ${why}`)
  }
  return perform(
    turn,
    [{ ...revokeOldEffect(turn), kind: 'disable' }],
    'disable the old key, which can be undone',
  )
}

/** After the disable every target is read once more: one that holds the old value, or cannot be read, undoes it. */
function judgeOnceMore(turn: Turn): Next {
  const { rotation, answers } = turn
  const fresh = newFingerprint(rotation)
  const behind = rotation.pin.targets.filter((target) => {
    if (!target.traits.readable) return false
    const reading = answers.targets[target.id]
    return reading?.is !== 'value' || reading.fingerprint !== fresh
  })
  const added = (answers.present?.targets ?? []).filter(
    (target) => !rotation.pin.targets.some((one) => one.id === target.id),
  )
  const shared = judgeUsersAtEnd(turn)
  if (shared !== null && shared !== 'hand-over' && shared.do === 'ask') return shared
  if (shared) return enableOld(turn, 'others use the old key')
  if (behind.length + added.length === 0) return intend(turn)
  const names = [...behind, ...added].map((target) => target.id).join(', ')
  return enableOld(turn, `${names} did not hold the new key after the disable`)
}

function intend(turn: Turn, why = 'revoke the old key: from here only forward'): Next {
  const revocation = revocationOf(turn)
  set(revocation, { state: 'intended', intendedAt: turn.now, tries: revocation.tries + 1 })
  return perform(turn, [revokeOldEffect(turn)], why)
}

/** The old key is dead. A target that lagged behind a declared deadline is written first; then the dead value goes. */
function afterRevoked(turn: Turn): Next {
  if (turn.rotation.old) turn.rotation.old.dead = true
  return judgeLagging(turn) ?? retireOld(turn) ?? { do: 'finish', end: 'completed' }
}

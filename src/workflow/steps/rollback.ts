import { quoteWord } from '../../contracts/shell-word.ts'
import { anotherKeyOf, candidate, isApi, livingOld, newFingerprint } from '../keys/attempts.ts'
import { isTooLateToGoBack, sayOldEnds } from '../keys/deadline.ts'
import { discardNew, questionsOfDiscard } from '../keys/discard.ts'
import { oweAttempt } from '../keys/known-keys.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { enableOld } from '../keys/revocation.ts'
import { extendStreak, isConfirmedStreak, judgeKey } from '../keys/verdicts.ts'
import { noVerdict } from '../rollout/acceptance.ts'
import { dropRemoved } from '../rollout/config-change.ts'
import { settledAt } from '../rollout/ledger.ts'
import { judgeProof, wasSent } from '../rollout/proof.ts'
import { decideConsumers, questionsOfConsumers } from '../rollout/restarts.ts'
import { restoreValues } from '../rollout/restore.ts'
import { retireVersions } from '../rollout/retire.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, type Next, note, notify, type Turn, wait } from '../words/turn.ts'

/** The old value is restored under new marks, consumers follow, and only then is the new key discarded (RULES.md 2). */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  if (rotation.revocation?.state === 'disabled') return []
  const old = rotation.old?.fingerprint
  const subjects = [old, candidate(rotation)?.fingerprint].filter((one) => one !== undefined)
  return [
    ...readableTargets(rotation),
    { ask: 'probe', subjects },
    ...questionsOfConsumers(turn, 'old'),
    ...questionsOfDiscard(turn),
  ]
}

export function decide(turn: Turn): Next {
  const { rotation } = turn
  if (rotation.revocation?.state === 'disabled') return enableOld(turn, 'the rotation is turned back')
  const attempt = candidate(rotation)
  if (attempt && attempt.state !== 'issued') return afterDiscard(turn)
  dropRemoved(turn)
  const stopped = judgeOldAlive(turn) ?? restoreValues(turn)
  if (stopped) return stopped
  const settled = settledAt(turn)
  if (turn.now < settled && !rotation.withdrawal)
    return wait(
      turn,
      settled,
      reasons.settling,
      'the old value is restored everywhere; waiting for the stores to settle',
    )
  return decideConsumers(turn, 'old') ?? judgeMovedBack(turn) ?? discardNew(turn) ?? afterDiscard(turn)
}

/**
 * Consumers that may use the new key are proved to be back on the old one before the new one is revoked, unless the
 * issuer refuses it anyway.
 */
function judgeMovedBack(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const fresh = newFingerprint(rotation)
  // Nothing is sent that ends it: consumers that still use it lose nothing.
  if (rulesOf(rotation).discardNew === 'keep') return null
  if (rotation.withdrawal || !fresh || !wasSent(turn)) return null
  if (judgeKey(answers.probe, fresh, livingOld(rotation)) === 'rejected') return null
  return judgeProof(turn, 'old')
}

/** The old key is probed before a rollback and before each of its writes: a dead value is never restored (RULES.md 4). */
function judgeOldAlive(turn: Turn): Next | null {
  const { rotation } = turn
  const old = livingOld(rotation)
  if (!old) return null
  const verdict = judgeKey(turn.answers.probe, old, newFingerprint(rotation))
  if (verdict === 'accepted') {
    extendStreak(turn, 'old', null)
    return null
  }
  if (verdict !== 'rejected') {
    extendStreak(turn, 'old', null)
    return noVerdict(turn)
  }
  const streak = extendStreak(turn, 'old', 'rejected')
  if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
  return oldKeyDead(turn)
}

function oldKeyDead(turn: Turn): Next {
  const { rotation } = turn
  if (isConfirmed(rotation, anotherKeyOf(rotation)))
    return makeAnother(turn, 'the old key died during the rollback')
  if (rotation.withdrawal) {
    return block(
      turn,
      reasons.oldKeyDead,
      'the old key died while the new one was being revoked: nothing more is restored. Have another key created',
      { needs: anotherKeyOf(rotation) },
    )
  }
  if (!isConfirmed(rotation, 'keep-new')) {
    return block(
      turn,
      reasons.oldKeyDead,
      `the old key is dead while the new one is accepted: nothing more is restored. Keep the new key (keep-new), or have another created (${anotherKeyOf(rotation)})`,
      { needs: 'keep-new' },
    )
  }
  if (rotation.old) rotation.old.dead = true
  delete rotation.rollback
  for (const ledger of Object.values(rotation.consumers)) ledger.state = 'untouched'
  return { do: 'enter', step: 'deploy', why: 'a person keeps the new key: forward again', after: 'commit' }
}

/** The new key is gone (or a debt): the versions that held it are retired, and the rotation ends or tries another. */
function afterDiscard(turn: Turn): Next {
  const { rotation } = turn
  const discarded = candidate(rotation)
  // A key that stays the issuer's current one is no dead value: the next rotation may need it.
  if (discarded?.state !== 'kept') {
    const retired = retireVersions(turn, (id) => newVersionIn(turn, id, discarded?.fingerprint))
    if (retired) return retired
  }
  if (rotation.rollback?.after !== 'another') return { do: 'finish', end: 'rolled-back' }
  for (const ledger of Object.values(rotation.targets)) {
    delete ledger.readBackAt
    delete ledger.retired
  }
  delete rotation.rollback
  for (const ledger of Object.values(rotation.consumers)) set(ledger, { state: 'untouched', tries: 0 })
  if (!isApi(rotation.pin.issuer)) {
    notify(turn, 'warning', reasons.valueLost, 'the supplied key could not be used; supply another')
    note(turn, 'value-lost', 'the supplied key could not be used')
  }
  return { do: 'begin', step: 'create', why: 'the new key is discarded; creating another' }
}

/** The version in which a target held the discarded key, when it was seen. */
function newVersionIn(turn: Turn, id: string, fingerprint: string | undefined): string | undefined {
  const writes = turn.rotation.targets[id]?.writes ?? []
  return writes.findLast((write) => write.fingerprint === fingerprint && write.version !== undefined)?.version
}

/**
 * Turns back: the old value goes where the new one went, and the new key is revoked last. Without a living old key
 * there is no way back; then only a key that no target holds can be discarded, or a person asks for another one.
 */
export function begin(turn: Turn, why: string, after: 'end' | 'another'): Next {
  const { rotation } = turn
  const ending = rotation.revocation?.intendedAt !== undefined
  const isGone = rulesOf(rotation).rollBack === 'never' || !rotation.old || rotation.old.dead
  const noWayBack = after === 'end' && isGone
  if (ending || noWayBack) {
    if (isConfirmed(rotation, anotherKeyOf(rotation))) return makeAnother(turn, why)
    const detail = ending
      ? `${why}, but the old key is already being revoked; there is no way back`
      : `${why}, and there is no living old key to go back to`
    return block(turn, reasons.newKeyRefused, detail, { needs: anotherKeyOf(rotation) })
  }
  if (after === 'end' && isTooLateToGoBack(turn)) return goOnWithPerson(turn, why)
  rotation.rollback = { why, after }
  delete rotation.operator
  delete rotation.withdrawal
  note(turn, 'rollback', why, { discards: newFingerprint(rotation) ?? null })
  notify(turn, 'alarm', 'rollback', `${why}; restoring the old value${sayOldEnds(turn)}`)
  return { do: 'enter', step: 'rollback', why, after: 'commit' }
}

/**
 * The old key ends by itself before the cause could be removed: the new one stays in its place, and a person goes on from
 * there. Another key helps only where the issuer refuses this one.
 */
function goOnWithPerson(turn: Turn, why: string): Next {
  const { rotation, answers } = turn
  const isRefused =
    judgeKey(answers.probe, newFingerprint(rotation) ?? '', livingOld(rotation)) === 'rejected'
  const another = anotherKeyOf(rotation)
  if (isRefused && isConfirmed(rotation, another)) return makeAnother(turn, why)
  return block(
    turn,
    reasons.tooLate,
    `${why}. Too little time is left to go back${sayOldEnds(turn)}: the new key stays where it is. Remove the cause, then continue${sayWayBack(turn)}`,
    isRefused ? { needs: another } : {},
  )
}

/** Forward with one more key. The one it replaces may be in use until then, so a person has to delete it afterwards. */
function makeAnother(turn: Turn, why: string): Next {
  const { rotation } = turn
  const attempt = candidate(rotation)
  if (attempt) {
    attempt.state = 'closed'
    attempt.why = why
    // Where one key replaces another, it ends with the overlap of the next one.
    if (!['end-overlap', 'by-itself'].includes(rulesOf(rotation).endOld)) oweAttempt(turn, attempt, why)
  }
  if (rotation.old) rotation.old.dead = true
  turn.record.quietUntil = Math.max(turn.record.quietUntil, rotation.withdrawal?.landsBy ?? 0)
  delete rotation.withdrawal
  delete rotation.rollback
  for (const ledger of Object.values(rotation.targets)) delete ledger.readBackAt
  for (const ledger of Object.values(rotation.consumers)) set(ledger, { state: 'untouched', tries: 0 })
  return { do: 'begin', step: 'create', why: 'a person asked for another key' }
}

/** A person may prefer the time that is left. */
function sayWayBack(turn: Turn): string {
  if (isTooLateToGoBack(turn, 'person')) return ''
  return `; or go back all the same, for that long: keyrota rollback ${quoteWord(turn.record.key)}`
}

import { showsKey, wasSeen } from '../../contracts/listing.ts'
import type { Attempt, RotationEnd } from '../../contracts/record.ts'
import { candidate } from '../keys/attempts.ts'
import { sayOldEnds } from '../keys/deadline.ts'
import { rememberKept } from '../keys/kept-key.ts'
import { listDelayMs, rulesOf } from '../keys/lifecycle.ts'
import { holdForList } from '../keys/list-control.ts'
import { isInferable } from '../keys/lost-answer.ts'
import { revokeOrphan } from '../keys/orphan.ts'
import { describeCompleted } from '../keys/seen-accepted.ts'
import { forgetUnused, keepOld, turnOver } from '../keys/turn-over.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextCareAt, nextTry } from '../words/pace.ts'
import type { Listed, Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { isConfirmed, type Next, note, notify, type Turn, wait, waitBounded } from '../words/turn.ts'

/**
 * Ends the rotation. If the answer to a creation was lost on the way, its mark is looked for once more first: a key that
 * was created late is revoked before the rotation ends.
 */
export function begin(turn: Turn, end: RotationEnd): Next {
  if (end !== 'not-started' && questions(turn).length > 0) {
    turn.rotation.ending = end
    const late = turn.rotation.withdrawal?.landsBy ?? 0
    turn.record.quietUntil = Math.max(turn.record.quietUntil, late)
    // What the sweep finds is revoked by a count of its own.
    delete turn.rotation.withdrawal
    return { do: 'commit' }
  }
  return close(turn, end)
}

/** The marks whose creation had no certain answer. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const { onLost, isListed, createAgain } = rulesOf(rotation)
  const lost = rotation.attempts.filter(isUncertain)
  if (!isListed || lost.length === 0) return []
  if (onLost === 'infer') return isInferable(turn) && createAgain === 'harmless' ? [{ ask: 'list' }] : []
  if (onLost !== 'find') return []
  return [...lost.map(({ mark, name }): Question => ({ ask: 'find', mark, name })), { ask: 'list' }]
}

function isUncertain({ landsBy }: Attempt): boolean {
  return landsBy > 0
}

/** Revokes what the last look found, then ends. */
export function decide(turn: Turn): Next {
  const { rotation } = turn
  const end = rotation.ending ?? 'completed'
  const stays = end === 'completed' ? candidate(rotation)?.ref?.id : rotation.old?.ref?.id
  for (const attempt of rotation.attempts) {
    const listed = lookedFor(turn, attempt)
    if (!isUncertain(attempt)) continue
    if (listed?.is !== 'ok') {
      const until = nextTry(rotation, 'sweep', turn.now)
      return waitBounded(
        turn,
        until,
        reasons.answerLost,
        'looking once more for keys whose creation had no answer',
      )
    }
    const late = listed.keys.find(
      (key) => key.id !== stays && !turn.record.debts.some((debt) => debt.ref?.id === key.id),
    )
    if (!late) continue
    const orphan = { ...attempt, ref: late, why: 'it was created late' }
    delete orphan.fingerprint
    return revokeOrphan(turn, orphan, () => ({ do: 'ask' }))
  }
  return judgeLastList(turn, end) ?? close(turn, end)
}

/** The keys that may be of this attempt: found by its mark, or new in the list and not of any other attempt. */
function lookedFor({ rotation, answers }: Turn, attempt: Attempt): Listed | undefined {
  if (rulesOf(rotation).onLost !== 'infer' || answers.list?.is !== 'ok') return answers.found[attempt.mark]
  const others = rotation.attempts.filter((one) => one !== attempt).map((one) => one.ref?.id)
  const keys = answers.list.keys.filter(({ id }) => !wasSeen(rotation.seen, id) && !others.includes(id))
  return { is: 'ok', keys }
}

/** That nothing was found counts only in a list that shows the key which stays (RULES.md 14). */
function judgeLastList(turn: Turn, end: 'completed' | 'rolled-back'): Next | null {
  const { rotation, answers, now } = turn
  const open = rotation.attempts.find(
    (one) => isUncertain(one) && !isConfirmed(rotation, confirmationOf('nothing-made', one.mark)),
  )
  if (!open) return null
  const stays = end === 'completed' ? candidate(rotation) : rotation.old
  if (!stays) return null
  if (answers.list?.is !== 'ok') {
    const until = nextTry(rotation, 'sweep', now)
    return waitBounded(turn, until, reasons.answerLost, 'the list is needed for a last look')
  }
  if (stays.ref === undefined || showsKey(answers.list.keys, stays)) return null
  const dueAt = 'at' in stays ? stays.at + listDelayMs(rotation) : 0
  if (now < dueAt) return wait(turn, dueAt, reasons.answerLost, 'the list may not show the new key yet')
  return holdForList(turn, `that no key is left of ${open.name}`, {
    needs: confirmationOf('nothing-made', open.mark),
  })
}

/** Records the end of the rotation; the engine then removes the rotation from the record. */
function close(turn: Turn, end: RotationEnd): Next {
  const { record, rotation, now } = turn
  if (end === 'completed') turnOver(turn)
  if (end === 'rolled-back') keepOld(turn)
  if (end !== 'not-started') rememberKept(turn)
  if (end !== 'not-started') showPlaces(turn)
  forgetUnused(turn)
  const { afterCareMs } = rotation.pin.policy
  record.quietUntil = Math.max(now, record.quietUntil, ...lateCalls(turn))
  if (end !== 'not-started')
    record.afterCare = { until: now + afterCareMs, forMs: afterCareMs, tries: {}, intents: [] }
  const campaign = rotation.campaign ? { campaign: rotation.campaign } : {}
  record.last = {
    id: rotation.id,
    end,
    at: now,
    reason: rotation.reason,
    startedAt: rotation.startedAt,
    ...campaign,
    ...(rotation.rollback ? { why: rotation.rollback.why } : {}),
    ...(rotation.rollback?.isStopped ? { isStopped: true } : {}),
    ...(rotation.exceptions.length > 0
      ? { exceptions: rotation.exceptions.map(({ kind, detail }) => ({ kind, detail })) }
      : {}),
  }
  record.wakeAt = nextCareAt(record, rotation.pin, now)
  if (end === 'completed' && rotation.compromised?.leaked === 'both') {
    record.request = {
      reason: 'compromised',
      leaked: 'old',
      at: now,
      why: 'the new key was reported leaked too',
      ...campaign,
    }
  }
  const names = rotation.handedTo?.join(', ')
  const text = {
    completed: describeCompleted(turn, names),
    'rolled-back': `rolled back: ${rotation.rollback?.why ?? 'asked for'}${sayOldEnds(turn)}`,
    'not-started': 'cancelled before a key was created',
  }[end]
  note(turn, end, text)
  notify(turn, end === 'rolled-back' ? 'alarm' : 'info', `rotation-${end}`, text)
  return { do: 'end' }
}

function lateCalls(turn: Turn): number[] {
  const { rotation } = turn
  return [
    ...Object.values(rotation.targets).flatMap((ledger) => ledger.writes.map((write) => write.landsBy)),
    ...rotation.attempts.map((attempt) => attempt.landsBy),
    rotation.revocation?.landsBy ?? 0,
    rotation.withdrawal?.landsBy ?? 0,
  ]
}

/** What the targets held when last read is what `status` shows until the next read. */
function showPlaces(turn: Turn): void {
  const { record, rotation, now } = turn
  for (const [id, ledger] of Object.entries(rotation.targets)) {
    if (ledger.holds !== 'new' && ledger.holds !== 'old') continue
    record.places[id] = {
      at: ledger.readBackAt ?? now,
      holds: 'current',
      ...(record.current ? { fingerprint: record.current.fingerprint } : {}),
      ...(ledger.version ? { version: ledger.version } : {}),
    }
  }
}

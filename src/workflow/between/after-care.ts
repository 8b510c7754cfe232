import type { Effect, KeyRecord, Outcome, Pin } from '../../contracts/record.ts'
import { markNumber } from '../keys/attempts.ts'
import { judgeKey } from '../keys/verdicts.ts'
import type { Answers, Question } from '../words/questions.ts'
import { setViolation } from '../words/violations.ts'

const MAX_TRIES = 3

/** Writes of after-care that a killed process left open may still take effect: nothing starts before that is over. */
export function closeCare(record: KeyRecord, pin: Pin | null): void {
  for (const { effect, leaseUntil } of record.afterCare?.intents ?? []) {
    if (effect.kind !== 'write') continue
    const settleMs = pin?.targets.find((target) => target.id === effect.target)?.traits.settleMs ?? 0
    const landsBy = leaseUntil + (pin?.policy.callLimitMs ?? 0) + settleMs
    record.quietUntil = Math.max(record.quietUntil, landsBy)
  }
  if (record.afterCare) record.afterCare.intents = []
}

/** Targets that hold a value this key had before. */
export function revertedTargets(
  record: KeyRecord,
  answers: Answers,
): { target: string; fingerprint: string; version: string }[] {
  return Object.entries(answers.targets).flatMap(([target, reading]) => {
    if (reading.is !== 'value' || reading.fingerprint === record.current?.fingerprint) return []
    // A value that was never seen accepted is not known to be dead: it is only shown.
    const ours = record.past.some((past) => past.fingerprint === reading.fingerprint && !past.neverAccepted)
    return ours ? [{ target, fingerprint: reading.fingerprint, version: reading.version }] : []
  })
}

/** Whether those values are dead is probed before anything is repaired. */
export function questionsOfCare(record: KeyRecord, answers: Answers): Question[] {
  const reverted = revertedTargets(record, answers)
  if (reverted.length === 0 || !record.current) return []
  return [
    {
      ask: 'probe',
      subjects: [record.current.fingerprint, ...new Set(reverted.map((one) => one.fingerprint))],
    },
  ]
}

/**
 * For a day after a rotation (RULES.md 3): a target that holds a dead value of this key got it from a late write of ours,
 * so the current value is restored, a bounded number of times. A value that still works, or is foreign, is only shown.
 */
export function decideCare(record: KeyRecord, pin: Pin, answers: Answers, now: number): Effect[] {
  const current = record.current
  if (!record.afterCare || !current) return []
  const effects: Effect[] = []
  for (const { target, fingerprint, version } of revertedTargets(record, answers)) {
    if (isFromLater(record, answers, target)) {
      const detail = `${target} has a mark that this journal does not know: the journal is an old copy`
      setViolation(record, 'journal-is-old', detail, now)
      continue
    }
    const verdict = judgeKey(answers.probe, fingerprint, current.fingerprint)
    const tries = record.afterCare.tries[target] ?? 0
    const isHeld = answers.held.includes(current.fingerprint)
    if (verdict === 'accepted') {
      const detail = `${target} holds an earlier key (${fingerprint}) that still works`
      setViolation(record, `drift:${target}`, detail, now)
    } else if (!isHeld) {
      // Without the current value there is no control either, so nothing shows that the earlier one is dead.
      const detail = `${target} holds an earlier key (${fingerprint}) and the current one cannot be read anywhere`
      setViolation(record, `dead-value:${target}`, detail, now)
    }
    if (verdict !== 'rejected' || !isHeld || !pin.targets.some((one) => one.id === target)) continue
    if (tries >= MAX_TRIES) {
      const detail = `${target} holds a dead key (${fingerprint}) and could not be repaired`
      setViolation(record, `dead-value:${target}`, detail, now)
      continue
    }
    record.afterCare.tries[target] = tries + 1
    record.lastMark += 1
    const mark = `${record.installation}-${record.last?.id ?? 'care'}-${record.lastMark}`
    effects.push({
      kind: 'write',
      mark,
      target,
      fingerprint: current.fingerprint,
      replaces: version,
      purpose: 'after-care',
    })
  }
  return effects
}

function isFromLater(record: KeyRecord, answers: Answers, target: string): boolean {
  const reading = answers.targets[target]
  // In a shared secret the mark may be another key's.
  if (reading?.is !== 'value' || reading.shared) return false
  return markNumber(reading.mark ?? '', record.installation) > record.lastMark
}

/** Records the outcomes of those writes. */
export function applyCare(
  record: KeyRecord,
  results: readonly { effect: Effect; outcome: Outcome }[],
  now: number,
): void {
  if (record.afterCare) record.afterCare.intents = []
  for (const { effect, outcome } of results) {
    if (effect.kind !== 'write') continue
    if (outcome.is === 'done' && outcome.version && record.current)
      record.current.versions[effect.target] = outcome.version
    if (outcome.is === 'unknown') record.quietUntil = Math.max(record.quietUntil, outcome.landsBy)
    const detail =
      outcome.is === 'done' ? null : `${effect.target} holds a dead key: ${outcome.failure.message}`
    setViolation(record, `dead-value:${effect.target}`, detail, now)
  }
}

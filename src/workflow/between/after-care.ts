import { isPassing } from '../../contracts/errors.ts'
import type { AfterCare, CareTries, Effect, KeyRecord, Outcome, Pin } from '../../contracts/record.ts'
import { markNumber } from '../keys/attempts.ts'
import { isKnownDead } from '../keys/known-keys.ts'
import { judgeKey } from '../keys/verdicts.ts'
import { backoffMs } from '../words/pace.ts'
import type { Answers, Question } from '../words/questions.ts'
import { set } from '../words/set.ts'
import { setViolation } from '../words/violations.ts'

/** Repairs of one target that had an effect, or were refused for good. */
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
export function decideCare(record: KeyRecord, pin: Pin, answers: Answers, now: number): CareDecision {
  const current = record.current
  if (!record.afterCare || !current) return { effects: [], givenUp: [] }
  const effects: Effect[] = []
  const givenUp: string[] = []
  for (const { target, fingerprint, version } of revertedTargets(record, answers)) {
    if (isFromLater(record, answers, target)) {
      const detail = `${target} has a mark that this journal does not know: the journal is an old copy`
      setViolation(record, 'journal-is-old', detail, now)
      continue
    }
    const verdict = judgeKey(answers.probe, fingerprint, current.fingerprint)
    const tries = triesOf(record.afterCare, target)
    const isHeld = answers.held.includes(current.fingerprint)
    if (verdict === 'accepted') {
      const detail = `${target} holds an earlier key (${fingerprint}) that still works`
      // What is seen to work is not dead, whatever was seen before.
      const past = record.past.find((one) => one.fingerprint === fingerprint)
      if (past && isKnownDead(record, fingerprint)) past.state = 'not-revoked'
      setViolation(record, `dead-value:${target}`, null, now)
      setViolation(record, `drift:${target}`, detail, now)
    } else if (!isHeld) {
      // Without the current value there is no control either, so nothing shows that the earlier one is dead.
      const detail = `${target} holds an earlier key (${fingerprint}) and the current one cannot be read anywhere`
      setViolation(record, `dead-value:${target}`, detail, now)
    }
    if (verdict !== 'rejected' || !isHeld || !pin.targets.some((one) => one.id === target)) continue
    if (tries.count >= MAX_TRIES) {
      givenUp.push(...giveUp(record, target, fingerprint, now))
      continue
    }
    if (now < tries.nextAt) continue
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
  return { effects, givenUp }
}

export interface CareDecision {
  effects: Effect[]
  /** What people must be told: this target will not be repaired any more. */
  givenUp: string[]
}

function triesOf(care: AfterCare, target: string): CareTries {
  care.tries[target] ??= { count: 0, deferred: 0, nextAt: 0 }
  return care.tries[target]
}

/** Never silent: the violation stays, and people are told once. */
function giveUp(record: KeyRecord, target: string, fingerprint: string, now: number): string[] {
  const tries = record.afterCare?.tries[target]
  const detail = `${target} holds a dead key (${fingerprint}) and could not be repaired; write the current one there, or run: keyrota rotate ${record.key}`
  setViolation(record, `dead-value:${target}`, detail, now)
  if (!tries || tries.gaveUp) return []
  tries.gaveUp = true
  return [detail]
}

/** The time of after-care is over: what was still being repaired is given up, with the same alarm. */
export function endCare(record: KeyRecord, answers: Answers, now: number): string[] {
  const alive = record.past.filter(({ state }) => state === 'not-revoked').map((one) => one.fingerprint)
  return revertedTargets(record, answers)
    .filter(({ fingerprint }) => !alive.includes(fingerprint))
    .flatMap(({ target, fingerprint }) => giveUp(record, target, fingerprint, now))
}

/** A target that holds the current key again is in order, no matter who put it there. */
export function clearRepaired(record: KeyRecord, answers: Answers, now: number): void {
  for (const [target, reading] of Object.entries(answers.targets)) {
    if (reading.is !== 'value' || reading.fingerprint !== record.current?.fingerprint) continue
    setViolation(record, `dead-value:${target}`, null, now)
    setViolation(record, `drift:${target}`, null, now)
  }
}

function isFromLater(record: KeyRecord, answers: Answers, target: string): boolean {
  const reading = answers.targets[target]
  // In a shared secret the mark may be another key's.
  if (reading?.is !== 'value' || reading.shared) return false
  return markNumber(reading.mark ?? '', record.installation) > record.lastMark
}

/**
 * Records the outcomes of those writes. A try counts once its outcome is known, and only when it had an effect or was
 * refused in a way that trying again does not heal; a store that is throttled or down is tried until after-care ends.
 */
export function applyCare(
  record: KeyRecord,
  pin: Pin,
  results: readonly { effect: Effect; outcome: Outcome }[],
  now: number,
): void {
  const { afterCare } = record
  if (!afterCare) return
  afterCare.intents = []
  for (const { effect, outcome } of results) {
    if (effect.kind !== 'write') continue
    const { target } = effect
    if (outcome.is === 'done' && outcome.version && record.current)
      record.current.versions[target] = outcome.version
    if (outcome.is === 'unknown') record.quietUntil = Math.max(record.quietUntil, outcome.landsBy)
    countTry(triesOf(afterCare, target), outcome, pin, { now, salt: `care:${record.key}:${target}` })
    const detail = outcome.is === 'done' ? null : `${target} holds a dead key: ${outcome.failure.message}`
    setViolation(record, `dead-value:${target}`, detail, now)
  }
}

function countTry(tries: CareTries, outcome: Outcome, pin: Pin, at: { now: number; salt: string }): void {
  if (outcome.is === 'done') {
    set(tries, { count: tries.count + 1, deferred: 0, nextAt: at.now })
    return
  }
  const { failure } = outcome
  const pauseMs = backoffMs(tries.deferred + tries.count, pin.policy, at.salt, failure.retryAfterMs)
  const heals = outcome.is === 'unknown' || failure.code === 'conflict' || isPassing(failure)
  // Whether a write without an answer had an effect is seen by the next reading, once it can no longer land.
  const landsBy = outcome.is === 'unknown' ? outcome.landsBy : 0
  set(tries, {
    ...(heals ? { deferred: tries.deferred + 1 } : { count: tries.count + 1 }),
    nextAt: Math.max(at.now + pauseMs, landsBy),
  })
}

import type { PinnedTarget } from '../contracts/record.ts'
import { nextTry } from './arithmetic.ts'
import { writesFor } from './begin-deploy.ts'
import { isKillDue, kill } from './compromised.ts'
import { judgeConfig } from './config-change.ts'
import { decideConsumers, questionsOfConsumers, voidProofs } from './consumers.ts'
import { bothKeys, livingOld, newFingerprint } from './keys.ts'
import {
  lastWrite,
  ledgerOf,
  MAX_WRITES,
  observe,
  openUntil,
  readableTargets,
  type Seen,
  sayDrift,
  settledAt,
  takeOld,
} from './ledger.ts'
import type { Question } from './questions.ts'
import { judgeRaces } from './race.ts'
import { reasons } from './reasons.ts'
import { block, enter, isConfirmed, type Next, note, perform, type Turn, tell, wait } from './turn.ts'
import { askedPauseMs, extendStreak, isConfirmedStreak, judge, nextConfirmAt, sayProbe } from './verdicts.ts'

/** The value goes to every target, is read back, settles, is probed; only then are consumers restarted. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const asked = readableTargets(rotation)
  if (!allReadBack(turn) || turn.now < settledAt(turn)) return asked
  return [...asked, { ask: 'probe', subjects: bothKeys(rotation) }, ...questionsOfConsumers(turn, 'new')]
}

export { beginDeploy as begin } from './begin-deploy.ts'

export function decide(turn: Turn): Next {
  if (isKillDue(turn)) return kill(turn)
  const stopped = judgeConfig(turn) ?? placeValues(turn) ?? judgeRaces(turn)
  if (stopped) return stopped
  const settled = settledAt(turn)
  if (turn.now < settled)
    return wait(
      turn,
      settled,
      reasons.settling,
      'every target holds the new key; waiting for the stores to settle',
    )
  if (!turn.answers.probe) return { do: 'ask' }
  return judgeDeployed(turn) ?? decideConsumers(turn, 'new') ?? finishDeploy(turn)
}

export function allReadBack(turn: Turn): boolean {
  return turn.rotation.pin.targets.every((target) => isPlaced(turn, target))
}

/** Read back; or, where the store cannot be read, written with a certain answer. */
function isPlaced(turn: Turn, target: PinnedTarget): boolean {
  const ledger = ledgerOf(turn, target.id)
  if (target.traits.readable) return ledger.readBackAt !== undefined
  const write = lastWrite(ledger)
  return write?.state === 'done' && write.fingerprint === newFingerprint(turn.rotation)
}

/** Brings the value to every target that does not hold it; null once all do. */
export function placeValues(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const due: PinnedTarget[] = []
  const waits: { until: number; reason: string; detail: string }[] = []
  for (const target of rotation.pin.targets) {
    const seen = observe(turn, target, answers.targets[target.id])
    if (isPlaced(turn, target)) continue
    const found = judgeTarget(turn, target, seen)
    if ('do' in found) return found
    if ('write' in found) due.push(target)
    else waits.push(found)
  }
  const fingerprint = newFingerprint(rotation)
  if (due.length > 0 && fingerprint && !answers.held.includes(fingerprint)) return valueGone()
  if (due.length > 0) {
    voidProofs(turn)
    return perform(turn, writesFor(turn, due), `write the new key to ${due.map((one) => one.id).join(', ')}`)
  }
  const [first] = waits.sort((a, b) => a.until - b.until)
  if (!first) return null
  if (turn.now >= rotation.progressAt + rotation.pin.policy.giveUpMs) {
    return block(
      turn,
      reasons.gaveUp,
      `${first.detail}; the deploy made no progress for too long. The old key is untouched`,
    )
  }
  const lagging = waits.map((one) => one.detail).join('; ')
  if (rotation.compromised) alarmOnce(turn, first.reason, `the leaked key lives on: ${lagging}`)
  return wait(turn, first.until, first.reason, lagging)
}

/** A leaked key is no matter for patience: whoever holds up its end is named at once. */
function alarmOnce(turn: Turn, kind: string, text: string): void {
  const { tries } = turn.rotation
  if (tries.alarm) return
  tries.alarm = { count: 1, nextAt: turn.now }
  note(turn, 'held-up', text)
  tell(turn, 'alarm', kind, text)
}

type Judgement = Next | { write: true } | { until: number; reason: string; detail: string }

function judgeTarget(turn: Turn, target: PinnedTarget, seen: Seen): Judgement {
  const ledger = ledgerOf(turn, target.id)
  if (!target.traits.readable) return judgeWriteFailure(turn, target) ?? { write: true }
  switch (seen.is) {
    case 'foreign':
    case 'rewritten': {
      const known = seen.fingerprint ?? 'absent'
      if (isConfirmed(turn.rotation, `overwrite:${known}`)) {
        ledger.baseline = seen.version ?? 'absent'
        return { write: true }
      }
      return block(turn, reasons.drift, sayDrift(target, seen, markOf(turn, target)), {
        needs: `overwrite:${known}`,
      })
    }
    case 'stale':
      return judgeStale(turn, target)
    case 'failed':
      return judgeReadFailure(turn, target)
    default:
      return judgeOpenWrite(turn, target, seen) ?? judgeWriteFailure(turn, target) ?? { write: true }
  }
}

/** A write without an answer may still land; once its quiet time is over, a read that shows the old value settles it. */
function judgeOpenWrite(turn: Turn, target: PinnedTarget, seen: Seen): Judgement | null {
  const ledger = ledgerOf(turn, target.id)
  const write = lastWrite(ledger)
  if (write?.state !== 'unknown') return null
  const open = openUntil(ledger)
  if (open > turn.now) {
    return { until: open, reason: reasons.quiet, detail: `a write to ${target.id} may still land` }
  }
  write.state = 'not-done'
  if (seen.is === 'old' && seen.version) takeOld(ledger, seen.version)
  else ledger.baseline = seen.version ?? 'absent'
  return null
}

function markOf(turn: Turn, target: PinnedTarget): string | undefined {
  const reading = turn.answers.targets[target.id]
  return reading?.is === 'value' ? reading.mark : undefined
}

/** Our write was answered, yet the store serves what it replaced: within the settle time that is a late reader. */
function judgeStale(turn: Turn, target: PinnedTarget): Judgement {
  const write = lastWrite(ledgerOf(turn, target.id))
  const patience = (write?.at ?? turn.now) + turn.rotation.pin.policy.callLimitMs + 2 * target.traits.settleMs
  const detail = `${target.id} answered the write but still serves the old version`
  if (turn.now < patience) {
    return {
      until: Math.min(patience, nextTry(turn.rotation, `stale:${target.id}`, turn.now)),
      reason: reasons.targetStale,
      detail,
    }
  }
  return block(
    turn,
    reasons.targetStale,
    `${detail}; its store does not take the write. Nothing is revoked meanwhile`,
  )
}

/** What the last write ran into: a conflict was read again above, passing trouble is waited out, the rest needs a person. */
function judgeWriteFailure(turn: Turn, target: PinnedTarget): Judgement | null {
  const ledger = ledgerOf(turn, target.id)
  const { failure } = ledger
  if (ledger.tries > MAX_WRITES)
    return block(turn, reasons.targetLags, `${target.id} took none of ${MAX_WRITES} writes`)
  if (!failure || failure.code === 'conflict') return null
  if (failure.code !== 'unavailable' && failure.code !== 'throttled') {
    return block(turn, reasons.targetRefused, `${target.id}: ${failure.message}. ${failure.nextStep}`)
  }
  if (ledger.nextTryAt <= turn.now) return null
  return { until: ledger.nextTryAt, reason: reasons.targetLags, detail: `${target.id}: ${failure.message}` }
}

function judgeReadFailure(turn: Turn, target: PinnedTarget): Judgement {
  const reading = turn.answers.targets[target.id]
  const failure = reading?.is === 'failed' ? reading.failure : undefined
  if (failure && failure.code !== 'unavailable' && failure.code !== 'throttled') {
    return block(turn, reasons.targetRefused, `${target.id}: ${failure.message}. ${failure.nextStep}`)
  }
  return {
    until: nextTry(turn.rotation, `read:${target.id}`, turn.now, failure?.retryAfterMs),
    reason: reasons.targetLags,
    detail: `${target.id}: ${failure?.message ?? 'not read'}`,
  }
}

/** No target holds the new key and the process that did is gone: discard it by the rules, then make another. */
function valueGone(): Next {
  return {
    do: 'turn-back',
    why: 'the value of the new key was lost before any target held it',
    then: 'another',
  }
}

/** What was read back is probed before anybody restarts on it. */
export function judgeDeployed(turn: Turn): Next | null {
  const fingerprint = newFingerprint(turn.rotation) ?? ''
  const verdict = judge(turn.answers.probe, fingerprint, livingOld(turn.rotation))
  if (verdict === 'accepted') {
    delete turn.rotation.streaks.refused
    return null
  }
  if (verdict === 'rejected') {
    const streak = extendStreak(turn, 'refused', 'rejected')
    if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
    note(
      turn,
      'verdict',
      'the deployed key is refused while the old one is accepted',
      sayProbe(turn.answers.probe, fingerprint),
    )
    return { do: 'turn-back', why: 'the issuer refused the new key after it was deployed', then: 'end' }
  }
  extendStreak(turn, 'refused', null)
  return noVerdict(turn)
}

/** Nothing is decided without a verdict: neither back nor forward. */
export function noVerdict(turn: Turn): Next {
  const { rotation } = turn
  if (turn.now >= rotation.progressAt + rotation.pin.policy.giveUpMs) {
    return block(
      turn,
      reasons.probeUnknown,
      'the probe has given no verdict for too long; nothing was revoked',
    )
  }
  const pause = Math.max(
    nextTry(rotation, 'probe', turn.now, askedPauseMs(turn.answers.probe)),
    nextConfirmAt(turn, 0),
  )
  return wait(turn, pause, reasons.probeUnknown, 'the probe gives no verdict; neither going on nor back')
}

function finishDeploy(turn: Turn): Next {
  const { rotation } = turn
  const held = rotation.pin.targets.map(
    (target) => `${target.id} (version ${ledgerOf(turn, target.id).version ?? 'unread'})`,
  )
  enter(turn, 'validate', `deployed to ${held.join(', ')}`)
  // With a restart its intent carried these outcomes already.
  return rotation.pin.consumers.some((consumer) => consumer.restarts) ? { do: 'ask' } : { do: 'commit' }
}

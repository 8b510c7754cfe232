import { isPassing } from '../../contracts/errors.ts'
import type { Effect, PinnedTarget } from '../../contracts/record.ts'
import { candidate, newFingerprint } from '../keys/attempts.ts'
import { isKnownDead } from '../keys/known-keys.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { regainValue } from '../keys/regain-value.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import { type Reason, reasons } from '../words/reasons.ts'
import {
  block,
  isConfirmed,
  isStuck,
  type Next,
  note,
  notify,
  perform,
  raise,
  type Turn,
  wait,
} from '../words/turn.ts'
import {
  describeDrift,
  lastWrite,
  ledgerOf,
  MAX_WRITES,
  observe,
  openUntil,
  openWrite,
  type Seen,
  takeOld,
} from './ledger.ts'
import { judgeShape } from './not-a-key.ts'
import { voidProofs } from './proof.ts'

/** Writes the new key to every target whose baseline is known; the others are read first. */
export function beginDeploy(turn: Turn): Next {
  const effects = writesFor(
    turn,
    turn.rotation.pin.targets.filter((target) => isReady(turn, target)),
  )
  return effects.length > 0 ? perform(turn, effects, 'deploy the new key') : { do: 'ask' }
}

/** Opens the writes of the new key into these targets. */
function writesFor(turn: Turn, targets: readonly PinnedTarget[]): Effect[] {
  const fingerprint = newFingerprint(turn.rotation)
  if (!fingerprint) throw new Error('there is no new key to deploy')
  return targets.map((target) => openWrite(turn, target, fingerprint, 'deploy'))
}

function isReady(turn: Turn, target: PinnedTarget): boolean {
  const ledger = ledgerOf(turn, target.id)
  return ledger.baseline !== null || !target.traits.readable
}

export function allReadBack(turn: Turn): boolean {
  return turn.rotation.pin.targets.every((target) => isPlaced(turn, target))
}

/** Read back; or, where the store cannot be read, written with a confirmation from the store. */
function isPlaced(turn: Turn, target: PinnedTarget): boolean {
  const ledger = ledgerOf(turn, target.id)
  if (target.traits.readable) return ledger.readBackAt !== undefined
  const write = lastWrite(ledger)
  return write?.state === 'done' && write.fingerprint === newFingerprint(turn.rotation)
}

/** Writes the value to every target that does not hold it; null once all do. */
export function placeValues(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const due: PinnedTarget[] = []
  const waits: { until: number; reason: Reason; detail: string }[] = []
  for (const target of rotation.pin.targets) {
    const seen = observe(turn, target, answers.targets[target.id])
    if (isPlaced(turn, target)) continue
    const found = judgeTarget(turn, target, seen)
    if ('do' in found) return found
    if ('write' in found) due.push(target)
    else waits.push(found)
  }
  const fingerprint = newFingerprint(rotation)
  if (due.length > 0 && fingerprint && !answers.held.includes(fingerprint)) return valueGone(turn)
  if (due.length > 0) {
    voidProofs(turn)
    return perform(turn, writesFor(turn, due), `write the new key to ${due.map((one) => one.id).join(', ')}`)
  }
  const [first] = waits.sort((a, b) => a.until - b.until)
  if (!first) return null
  if (isStuck(turn)) {
    return block(
      turn,
      reasons.gaveUp,
      `${first.detail}; no progress for too long. The old key is still valid`,
    )
  }
  const lagging = waits.map((one) => one.detail).join('; ')
  if (rotation.compromised) alarmOnce(turn, first.reason, `the leaked key is still valid: ${lagging}`)
  return wait(turn, first.until, first.reason, lagging)
}

/** For a leaked key nobody waits quietly: the target that delays its end is named at once. */
function alarmOnce(turn: Turn, kind: Reason, text: string): void {
  if (!raise(turn, 'held-up')) return
  note(turn, 'held-up', text)
  notify(turn, 'alarm', kind, text)
}

type Judgement = Next | { write: true } | { until: number; reason: Reason; detail: string }

function judgeTarget(turn: Turn, target: PinnedTarget, seen: Seen): Judgement {
  const ledger = ledgerOf(turn, target.id)
  if (!target.traits.readable) return judgeWriteFailure(turn, target) ?? { write: true }
  switch (seen.is) {
    case 'foreign':
    case 'rewritten': {
      const noKey = judgeShape(turn, target, seen.shape)
      if (noKey) return noKey
      const known = seen.fingerprint ?? 'absent'
      if (isKnownDead(turn.record, known) || isConfirmed(turn.rotation, confirmationOf('overwrite', known))) {
        ledger.baseline = seen.version ?? 'absent'
        return { write: true }
      }
      return block(turn, reasons.drift, describeDrift(target, seen, markOf(turn, target)), {
        needs: confirmationOf('overwrite', known),
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

/** A write without an answer may still take effect; after its quiet time a read of the old value means it did not. */
function judgeOpenWrite(turn: Turn, target: PinnedTarget, seen: Seen): Judgement | null {
  const ledger = ledgerOf(turn, target.id)
  const write = lastWrite(ledger)
  if (write?.state !== 'unknown') return null
  const open = openUntil(ledger)
  if (open > turn.now) {
    return {
      until: open,
      reason: reasons.quiet,
      detail: `an earlier write to ${target.id} may still take effect`,
    }
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

/** The store confirmed our write and still returns what it replaced: normal within the settle time. */
function judgeStale(turn: Turn, target: PinnedTarget): Judgement {
  const write = lastWrite(ledgerOf(turn, target.id))
  const patience = (write?.at ?? turn.now) + turn.rotation.pin.policy.callLimitMs + 2 * target.traits.settleMs
  const detail = `${target.id} confirmed the write but still returns the old version`
  if (turn.now < patience) {
    return {
      until: Math.min(patience, nextTry(turn.rotation, `stale:${target.id}`, turn.now)),
      reason: reasons.targetStale,
      detail,
    }
  }
  return block(turn, reasons.targetStale, `${detail}. Nothing is revoked until it returns the new one`)
}

/** How the last write failed: a conflict was read again above, a passing failure is waited out, others need a person. */
function judgeWriteFailure(turn: Turn, target: PinnedTarget): Judgement | null {
  const ledger = ledgerOf(turn, target.id)
  const { failure } = ledger
  if (ledger.tries > MAX_WRITES)
    return block(turn, reasons.targetLags, `${MAX_WRITES} writes to ${target.id} failed`)
  if (!failure || failure.code === 'conflict') return null
  if (!isPassing(failure)) {
    return block(turn, reasons.targetRefused, `${target.id}: ${failure.message}. ${failure.nextStep}`)
  }
  if (ledger.nextTryAt <= turn.now) return null
  return { until: ledger.nextTryAt, reason: reasons.targetLags, detail: `${target.id}: ${failure.message}` }
}

function judgeReadFailure(turn: Turn, target: PinnedTarget): Judgement {
  const reading = turn.answers.targets[target.id]
  const failure = reading?.is === 'failed' ? reading.failure : undefined
  if (failure && !isPassing(failure)) {
    return block(turn, reasons.targetRefused, `${target.id}: ${failure.message}. ${failure.nextStep}`)
  }
  return {
    until: nextTry(turn.rotation, `read:${target.id}`, turn.now, failure?.retryAfterMs),
    reason: reasons.targetLags,
    detail: `${target.id}: ${failure?.message ?? 'not read'}`,
  }
}

/** No target holds the new key and the process that held it is gone: discard it by the rules, then create another. */
function valueGone(turn: Turn): Next {
  const made = candidate(turn.rotation)
  if (made && rulesOf(turn.rotation).createAgain === 'ends-old')
    return regainValue(turn, made, 'the value of the new key was lost before any target held it')
  return {
    do: 'turn-back',
    why: 'the value of the new key was lost before any target held it',
    after: 'another',
  }
}

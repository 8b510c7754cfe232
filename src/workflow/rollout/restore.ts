import { isPassing } from '../../contracts/errors.ts'
import type { PinnedTarget, TargetLedger } from '../../contracts/record.ts'
import { livingOld } from '../keys/attempts.ts'
import { isKnownDead } from '../keys/known-keys.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import { type Reason, reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, isStuck, type Next, perform, type Turn, wait } from '../words/turn.ts'
import {
  describeDrift,
  everSent,
  lastWrite,
  ledgerOf,
  MAX_WRITES,
  observe,
  openUntil,
  openWrite,
  type Seen,
} from './ledger.ts'
import { judgeShape } from './not-a-key.ts'

type Judgement = Next | 'write' | 'rewrite' | { until: number; reason: Reason; detail: string }

/**
 * Restores the old value in every target (RULES.md 2 and 4): over this rotation's new key at once; and, where a write
 * had no answer and the store has compare-and-set, once more after the quiet time, so that a late write meets a
 * conflict. Null once every target was read and none can get the new key any more.
 */
export function restoreValues(turn: Turn): Next | null {
  const { rotation } = turn
  const old = livingOld(rotation)
  const writes: { target: PinnedTarget; purpose: 'rollback' | 'rewrite' }[] = []
  const waits: { until: number; reason: Reason; detail: string }[] = []
  for (const target of rotation.pin.targets) {
    const seen = observe(turn, target, turn.answers.targets[target.id])
    const found = judgeTarget(turn, target, seen)
    if (!found) continue
    if (found === 'write') writes.push({ target, purpose: 'rollback' })
    else if (found === 'rewrite') writes.push({ target, purpose: 'rewrite' })
    else if ('do' in found) return found
    else waits.push(found)
  }
  if (writes.length > 0) {
    if (!old)
      return block(
        turn,
        reasons.oldKeyDead,
        'a target holds the new key and there is no living old key to restore',
      )
    if (!turn.answers.held.includes(old))
      return block(turn, reasons.valueLost, 'the old value can no longer be read anywhere')
    const effects = writes.map(({ target, purpose }) => openWrite(turn, target, old, purpose))
    return perform(turn, effects, `restore the old value in ${writes.map((one) => one.target.id).join(', ')}`)
  }
  const [first] = waits.sort((a, b) => a.until - b.until)
  if (!first) return null
  if (isStuck(turn)) {
    return block(turn, reasons.gaveUp, `rollback: ${first.detail}. Both keys are kept`)
  }
  return wait(turn, first.until, first.reason, waits.map((one) => one.detail).join('; '))
}

function judgeTarget(turn: Turn, target: PinnedTarget, seen: Seen): Judgement | null {
  const ledger = ledgerOf(turn, target.id)
  if (!target.traits.readable) return judgeUnreadable(turn, target, ledger)
  switch (seen.is) {
    case 'new':
    case 'ours':
      return canWrite(turn, ledger) ?? 'write'
    case 'stale':
      ledger.baseline = lastWrite(ledger)?.version ?? ledger.baseline
      return canWrite(turn, ledger) ?? 'write'
    case 'rewritten':
      if (seen.version) set(ledger, { baseline: seen.version, version: seen.version })
      return fence(turn, target, ledger)
    case 'old':
    case 'absent':
      return fence(turn, target, ledger, seen)
    case 'foreign':
      return judgeForeign(turn, target, seen, ledger)
    case 'failed': {
      const reading = turn.answers.targets[target.id]
      const failure = reading?.is === 'failed' ? reading.failure : undefined
      // A target that was never written and never will be needs no read: it cannot hold the new key.
      if (ledger.writes.length === 0) return null
      return {
        until: nextTry(turn.rotation, `read:${target.id}`, turn.now, failure?.retryAfterMs),
        reason: reasons.targetLags,
        detail: `${target.id} cannot be read, so it counts as holding the new key: ${failure?.message ?? 'not read'}`,
      }
    }
  }
}

/** A store that cannot be read is restored by one write of the old value that it confirmed. */
function judgeUnreadable(turn: Turn, target: PinnedTarget, ledger: TargetLedger): Judgement | null {
  if (!everSent(ledger)) return null
  const write = lastWrite(ledger)
  if (write?.fingerprint === livingOld(turn.rotation) && write?.state === 'done') return null
  const open = openUntil(ledger)
  if (open > turn.now)
    return {
      until: open,
      reason: reasons.quiet,
      detail: `an earlier write to ${target.id} may still take effect`,
    }
  return canWrite(turn, ledger) ?? 'write'
}

function judgeForeign(turn: Turn, target: PinnedTarget, seen: Seen, ledger: TargetLedger): Judgement | null {
  const noKey = judgeShape(turn, target, seen.shape)
  if (noKey) return noKey
  const known = seen.fingerprint ?? 'absent'
  // Without an old value to restore, a dead one of ours may as well stay until the next key replaces it.
  if (livingOld(turn.rotation) === undefined && isKnownDead(turn.record, known))
    return fence(turn, target, ledger)
  if (!isConfirmed(turn.rotation, confirmationOf('overwrite', known))) {
    return block(turn, reasons.drift, describeDrift(target, seen), {
      needs: confirmationOf('overwrite', known),
    })
  }
  ledger.baseline = seen.version ?? 'absent'
  return 'write'
}

/** Holds the old value: safe once no deploy write can replace it any more. */
function fence(turn: Turn, target: PinnedTarget, ledger: TargetLedger, seen?: Seen): Judgement | null {
  const uncertain = ledger.writes.filter(
    (write) => write.purpose === 'deploy' && write.landsBy > 0 && write.state !== 'done',
  )
  const quietAt = Math.max(0, ...uncertain.map((write) => write.landsBy), openUntil(ledger))
  if (quietAt > turn.now) {
    return {
      until: quietAt,
      reason: reasons.quiet,
      detail: `an earlier write to ${target.id} may still take effect`,
    }
  }
  for (const write of ledger.writes) if (write.state === 'unknown') write.state = 'not-done'
  if (seen?.version) set(ledger, { baseline: seen.version, version: seen.version })
  if (uncertain.length === 0 || !target.traits.compareAndSet || seen?.is === 'absent') return null
  const fenced = ledger.writes.some(
    (write) => write.purpose !== 'deploy' && write.state === 'done' && write.at >= quietAt,
  )
  return fenced ? null : (canWrite(turn, ledger) ?? 'rewrite')
}

/** A passing failure of the last write is waited out; any other needs a person. */
function canWrite(turn: Turn, ledger: TargetLedger): Judgement | null {
  const { failure } = ledger
  if (ledger.tries > MAX_WRITES) {
    const why = failure?.message ?? 'somebody else keeps writing'
    return block(turn, reasons.targetLags, `${MAX_WRITES} writes to a target failed: ${why}`)
  }
  if (!failure || failure.code === 'conflict') return null
  if (!isPassing(failure)) {
    return block(turn, reasons.targetRefused, `${failure.message}. ${failure.nextStep}`)
  }
  return ledger.nextTryAt > turn.now
    ? { until: ledger.nextTryAt, reason: reasons.targetLags, detail: failure.message }
    : null
}

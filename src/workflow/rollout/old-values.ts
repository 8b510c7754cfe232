import { isPassing } from '../../contracts/errors.ts'
import type { Failure, PinnedTarget, TargetLedger } from '../../contracts/record.ts'
import { canBeKey, describeShape } from '../../contracts/value-shape.ts'
import { oweOnce, rememberPast } from '../keys/known-keys.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { TargetReading } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, type Next, note, type Turn, waitBounded } from '../words/turn.ts'
import { newLedger } from './ledger.ts'
import { judgeShape, oweShape } from './not-a-key.ts'

/** A passing failure of a target is waited out, unless a key has leaked; any other needs a person. */
export function holdFor(turn: Turn, target: PinnedTarget, failure: Failure): Next | null {
  if (!isPassing(failure))
    return block(turn, reasons.targetRefused, `${target.id}: ${failure.message}. ${failure.nextStep}`)
  if (turn.rotation.compromised) return null
  return waitBounded(
    turn,
    nextTry(turn.rotation, 'preflight', turn.now, failure.retryAfterMs),
    reasons.targetDown,
    `${target.id}: ${failure.message}`,
  )
}

/** All readable targets hold the same old value, the one we know; or the fields are absent everywhere. */
export function judgeValues(turn: Turn): Next | null {
  const { rotation, answers } = turn
  let readable = 0
  for (const target of rotation.pin.targets) {
    const reading = answers.targets[target.id]
    const ledger = newLedger()
    rotation.targets[target.id] = ledger
    if (!target.traits.readable) continue
    if (!reading || reading.is === 'failed') {
      const held = reading ? holdFor(turn, target, reading.failure) : null
      if (held) return held
      continue
    }
    readable += 1
    const held =
      reading.is === 'absent'
        ? takeAbsent(turn, target, { ledger, missing: reading.missing })
        : takeValue(turn, target, { ledger, reading })
    if (held) return held
  }
  if (readable > 0) return null
  return waitBounded(
    turn,
    nextTry(rotation, 'preflight', turn.now),
    reasons.targetDown,
    'no target can be read',
  )
}

function takeAbsent(
  turn: Turn,
  target: PinnedTarget,
  seen: { ledger: TargetLedger; missing: 'secret' | 'field' },
): Next | null {
  if (seen.missing === 'secret') {
    return block(
      turn,
      reasons.secretAbsent,
      `${target.id}: the secret does not exist. Create it (empty), then run Keyrota again.`,
    )
  }
  set(seen.ledger, { baseline: 'absent', holds: 'absent' })
  return null
}

function takeValue(
  turn: Turn,
  target: PinnedTarget,
  seen: { ledger: TargetLedger; reading: Extract<TargetReading, { is: 'value' }> },
): Next | null {
  const { rotation } = turn
  const { fingerprint, version, shape } = seen.reading
  const noKey = judgeShape(turn, target, shape)
  if (noKey) return noKey
  if (isAdopted(turn, fingerprint)) adoptForeign(turn, fingerprint)
  if (fingerprint === rotation.old?.fingerprint) {
    set(seen.ledger, { baseline: version, oldVersion: version, holds: 'old', version })
    return null
  }
  if (isConfirmed(rotation, confirmationOf('overwrite', fingerprint))) {
    if (shape && !canBeKey(shape)) oweShape(turn, target, shape)
    else oweOnce(turn, { name: `the key ${fingerprint}`, fingerprint, why: `it was in ${target.id}` })
    set(seen.ledger, { baseline: version, holds: 'foreign', version })
    return null
  }
  return block(
    turn,
    reasons.drift,
    `${target.id} holds ${fingerprint} (version ${version}), not the key that Keyrota knows` +
      `${rotation.old ? ` (${rotation.old.fingerprint})` : ''}; somebody else wrote it${shape ? `. It looks like ${describeShape(shape)}` : ''}. ` +
      `Accept it as the key (adopt), or have it overwritten (overwrite)`,
    { needs: confirmationOf('adopt', fingerprint) },
  )
}

/** Of several values that a person confirmed as the key, the last one counts. */
function isAdopted(turn: Turn, fingerprint: string): boolean {
  const said = turn.rotation.confirmed.findLast((one) => one.what.startsWith('adopt:'))
  return said?.what === confirmationOf('adopt', fingerprint)
}

/** The value found is the key now, as a person confirmed; the one known before becomes a debt. */
function adoptForeign(turn: Turn, fingerprint: string): void {
  const { rotation, record, now } = turn
  const before = rotation.old
  if (before?.fingerprint === fingerprint) return
  if (before) {
    oweOnce(turn, {
      name: before.ref?.name ?? `the key ${before.fingerprint}`,
      fingerprint: before.fingerprint,
      ...(before.ref ? { ref: before.ref } : {}),
      why: 'replaced by somebody else',
    })
    rememberPast(record, {
      fingerprint: before.fingerprint,
      ...(before.ref ? { ref: before.ref } : {}),
      state: 'unknown',
      until: now,
    })
  }
  rotation.old = { fingerprint, dead: false }
  record.current = { fingerprint, since: now, sinceFrom: 'store', adopted: true, versions: {} }
  note(turn, 'adopted', `a person confirmed the value found in the targets (${fingerprint}) as the key`)
}

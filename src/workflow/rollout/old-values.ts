import { isPassing } from '../../contracts/errors.ts'
import type { Failure, PinnedTarget, TargetLedger } from '../../contracts/record.ts'
import { canBeKey, describeShape } from '../../contracts/value-shape.ts'
import { livingOld } from '../keys/attempts.ts'
import { usersAmong } from '../keys/holdings.ts'
import { isKnownDead, oweOnce, rememberPast } from '../keys/known-keys.ts'
import { askedPauseMs, judgeKey } from '../keys/verdicts.ts'
import { confirmationOf, parseConfirmation } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question, TargetReading } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, type Next, note, raise, type Turn, waitBounded } from '../words/turn.ts'
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
  if (isKnownDead(turn.record, fingerprint)) return takePast(turn, target, seen)
  if (isConfirmed(rotation, confirmationOf('overwrite', fingerprint))) {
    const isKey = canBeKey(shape)
    const holdings = turn.answers.holders[fingerprint]
    if (isKey && !holdings) return { do: 'ask' }
    if (shape && !isKey) oweShape(turn, target, shape)
    // Nobody is told to delete a key that another managed key uses.
    else if (usersAmong(holdings ?? []).length === 0)
      oweOnce(turn, { name: `the key ${fingerprint}`, fingerprint, why: `it was in ${target.id}` })
    set(seen.ledger, { baseline: version, holds: 'foreign', version })
    return null
  }
  return blockDrift(turn, target, seen.reading)
}

/**
 * An earlier key of ours that we saw end was put back, by a backup or an old working copy: it is written over. One
 * that works again is no longer ours to judge.
 */
function takePast(
  turn: Turn,
  target: PinnedTarget,
  seen: { ledger: TargetLedger; reading: Extract<TargetReading, { is: 'value' }> },
): Next | null {
  const { rotation, record, answers, now } = turn
  const { fingerprint, version } = seen.reading
  // From here the next questions know what to probe.
  record.places[target.id] = { at: now, holds: 'past', fingerprint, version }
  const verdict = answers.probe && judgeKey(answers.probe, fingerprint, livingOld(rotation))
  if (!answers.probe?.subjects[fingerprint]) return { do: 'ask' }
  if (verdict === 'accepted') return blockDrift(turn, target, seen.reading)
  if (verdict === 'unknown') {
    const until = nextTry(rotation, 'probe', turn.now, askedPauseMs(answers.probe))
    const detail = `the probe is inconclusive about the earlier key in ${target.id}`
    return waitBounded(turn, until, reasons.probeUnknown, detail)
  }
  set(seen.ledger, { baseline: version, oldVersion: version, holds: 'past', version })
  return null
}

/** Known-dead keys that were last seen in a target: they are probed once more before they are written over. */
export function pastInTargets({ record, rotation }: Turn): string[] {
  const held = rotation.pin.targets.flatMap(({ id }) => record.places[id]?.fingerprint ?? [])
  return [...new Set(held)].filter((one) => one !== rotation.old?.fingerprint && isKnownDead(record, one))
}

/** What a person wants overwritten: whether another managed key uses it. */
export function questionsOfOverwritten({ rotation }: Turn): Question[] {
  return rotation.confirmed.flatMap(({ what }): Question[] => {
    const said = parseConfirmation(what)
    return said?.name === 'overwrite' && said.about ? [{ ask: 'holders', fingerprint: said.about }] : []
  })
}

/**
 * The value of the current key is gone: every target was read and none holds it, nor does an earlier version. It
 * can then only be replaced. Where a dead key is in its place that is what happened; where nothing is, a name in the
 * config may be wrong, and a person has to say so.
 */
export function judgeLost(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const { old, pin } = rotation
  if (!old || old.dead) return null
  delete old.isLost
  if (!answers.probe) return { do: 'ask' }
  if (answers.held.includes(old.fingerprint)) return null
  const ledgers = pin.targets.map(({ id, traits }) =>
    traits.readable ? rotation.targets[id]?.holds : 'unread',
  )
  const isKnown = pin.targets.every(({ id, traits }) => {
    const reading = answers.targets[id]
    return !traits.readable || (reading !== undefined && reading.is !== 'failed')
  })
  if (!isKnown || ledgers.includes('old')) return null
  if (!ledgers.includes('past') && !isConfirmed(rotation, 'value-gone')) {
    return block(
      turn,
      reasons.valueLost,
      `no target holds the current key (${old.fingerprint}) or any other, and its value cannot be read anywhere. ` +
        'Correct the names in the config if consumers read it from elsewhere; otherwise have a new key created (value-gone)',
      { needs: 'value-gone' },
    )
  }
  old.isLost = true
  if (raise(turn, 'lost'))
    note(turn, 'value-lost', 'the value of the current key is gone from every target: forward only')
  return null
}

function blockDrift(
  turn: Turn,
  target: PinnedTarget,
  { fingerprint, version, shape }: Extract<TargetReading, { is: 'value' }>,
): Next {
  const { rotation } = turn
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

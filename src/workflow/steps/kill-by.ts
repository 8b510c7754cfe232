import type { Rotation } from '../../contracts/record.ts'
import { isApi, newFingerprint } from '../keys/attempts.ts'
import { askOperator } from '../keys/operator.ts'
import { revocationOf, revokeOldEffect } from '../keys/revocation.ts'
import { holdsNew } from '../rollout/ledger.ts'
import { runsOnNew, unprovenConsumers } from '../rollout/proof.ts'
import { enter, type Next, note, perform, type Turn, tell } from '../words/turn.ts'

/** A person declared a deadline for a leaked key, it has come, and the old key still lives. */
export function isKillDue(turn: Turn): boolean {
  const { rotation, now } = turn
  const deadline = rotation.compromised?.killBy
  if (deadline === undefined || now < deadline || !rotation.old || rotation.old.dead) return false
  if (isDeclared(rotation)) return false
  return newFingerprint(rotation) !== undefined && revocationOf(turn).state === 'none'
}

/** Whether the deadline was acted upon: who breaks by it is on record. */
export function isDeclared(rotation: Rotation): boolean {
  return rotation.exceptions.some((one) => one.kind === 'kill-by')
}

/**
 * Ends the old key although a target lags or is unproven: the one revocation without full evidence. Whoever will
 * break is named first and recorded as a declared exception; the rotation stays open until the laggards are written.
 */
export function kill(turn: Turn): Next {
  const { rotation, now } = turn
  const lagging = rotation.pin.targets.filter((target) => !holdsNew(turn, target)).map((target) => target.id)
  const unproven =
    rotation.step === 'deploy' ? rotation.pin.consumers.map((one) => one.name) : unprovenConsumers(turn)
  const names = [...new Set([...lagging, ...unproven])].join(', ') || 'nobody'
  const detail = `the declared deadline has come: the old key is revoked; this breaks ${names}`
  rotation.exceptions.push({ at: now, kind: 'kill-by', detail })
  note(turn, 'exception', detail, { lagging, unproven })
  tell(turn, 'alarm', 'kill-by', detail)
  enter(turn, 'revoke', detail)
  if (!isApi(rotation.pin.issuer)) return askOperator(turn, 'revoke')
  const revocation = revocationOf(turn)
  Object.assign(revocation, { state: 'intended', intendedAt: now, tries: revocation.tries + 1 })
  return perform(turn, [revokeOldEffect(turn)], 'revoke the leaked key')
}

/** After such a revocation: what lagged behind is written, and restarted, before the rotation may end. */
export function enterLagging(turn: Turn): Next | null {
  const { rotation } = turn
  if (!isDeclared(rotation)) return null
  const targets = rotation.pin.targets.filter((target) => !holdsNew(turn, target)).map((target) => target.id)
  const consumers = rotation.pin.consumers
    .filter((consumer) => !runsOnNew(turn, consumer))
    .map((consumer) => consumer.name)
  const lagging = [...targets, ...consumers]
  if (lagging.length === 0) return null
  enter(turn, 'deploy', `the old key is dead; still to be brought to the new one: ${lagging.join(', ')}`)
  return { do: 'commit' }
}

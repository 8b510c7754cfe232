import type { Rotation } from '../../contracts/record.ts'
import { newFingerprint } from '../keys/attempts.ts'
import { outsidersAmong, usersAmong } from '../keys/holdings.ts'
import { endOldBy } from '../keys/lifecycle.ts'
import { revocationOf } from '../keys/revocation.ts'
import { type Next, note, notify, type Turn } from '../words/turn.ts'
import { holdsNew } from './ledger.ts'
import { namesOfUsers } from './old-key-users.ts'
import { runsOnNew, unprovenConsumers } from './proof.ts'

/**
 * The one revocation without full evidence: a person declared a deadline for a leaked key and it has come. The targets
 * and consumers that this breaks are named first and recorded as a declared exception; the rotation continues until
 * they have the new key too. Null while there is nothing to do.
 */
export function judgeDeadline(turn: Turn): Next | null {
  if (!isKillDue(turn)) return null
  const { rotation, now } = turn
  const lagging = laggingTargets(turn)
  const unproven =
    rotation.step === 'deploy' ? rotation.pin.consumers.map((one) => one.name) : unprovenConsumers(turn)
  const others = namesOfUsers(turn)
  const names = [...new Set([...lagging, ...unproven, ...others])].join(', ') || 'nobody'
  const detail = `the declared deadline has passed: the old key is revoked; this breaks ${names}`
  rotation.exceptions.push({ at: now, kind: 'kill-by', detail })
  note(turn, 'exception', detail, { lagging, unproven, others })
  notify(turn, 'alarm', 'kill-by', detail)
  return { do: 'begin', step: 'revoke', why: detail }
}

/** A person declared a deadline for a leaked key, it has passed, and the old key still works. */
function isKillDue(turn: Turn): boolean {
  const { rotation, now } = turn
  const deadline = rotation.compromised?.killBy
  if (deadline === undefined || now < deadline || !rotation.old || rotation.old.dead) return false
  // Where no request ends it, a declared deadline cannot either.
  if (isDeclared(rotation) || endOldBy(rotation) === 'by-itself') return false
  // It is handed over to them at the end, as without a deadline.
  const users = usersAmong(turn.answers.holders[rotation.old.fingerprint])
  if (outsidersAmong(turn.record.key, users).length > 0) return false
  return newFingerprint(rotation) !== undefined && revocationOf(turn).state === 'none'
}

/** Whether the deadline was acted upon: what breaks by it is on record. */
export function isDeclared(rotation: Rotation): boolean {
  return rotation.exceptions.some((one) => one.kind === 'kill-by')
}

/** After such a revocation: what lagged behind is written, and restarted, before the rotation may end. */
export function judgeLagging(turn: Turn): Next | null {
  if (!isDeclared(turn.rotation)) return null
  const consumers = turn.rotation.pin.consumers
    .filter((consumer) => !runsOnNew(turn, consumer))
    .map((consumer) => consumer.name)
  const lagging = [...laggingTargets(turn), ...consumers]
  if (lagging.length === 0) return null
  const why = `the old key is dead; these still need the new one: ${lagging.join(', ')}`
  return { do: 'enter', step: 'deploy', why, after: 'commit' }
}

function laggingTargets(turn: Turn): string[] {
  return turn.rotation.pin.targets.filter((target) => !holdsNew(turn, target)).map((target) => target.id)
}

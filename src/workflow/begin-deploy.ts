import type { Effect, PinnedTarget } from '../contracts/record.ts'
import { newFingerprint } from './keys.ts'
import { ledgerOf, openWrite } from './ledger.ts'
import { type Next, perform, type Turn } from './turn.ts'

/** Sends the new key to every target whose baseline is known; targets without one are read first. */
export function beginDeploy(turn: Turn): Next {
  const effects = writesFor(
    turn,
    turn.rotation.pin.targets.filter((target) => isReady(turn, target)),
  )
  return effects.length > 0 ? perform(turn, effects, 'deploy the new key') : { do: 'ask' }
}

/** Opens the writes of the new key into these targets. */
export function writesFor(turn: Turn, targets: readonly PinnedTarget[]): Effect[] {
  const fingerprint = newFingerprint(turn.rotation)
  if (!fingerprint) throw new Error('there is no new key to deploy')
  return targets.map((target) => openWrite(turn, target, fingerprint, 'deploy'))
}

function isReady(turn: Turn, target: PinnedTarget): boolean {
  const ledger = ledgerOf(turn, target.id)
  return ledger.baseline !== null || !target.traits.readable
}

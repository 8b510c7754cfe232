import type { Effect } from '../../contracts/record.ts'
import { type Next, note, notify, perform, type Turn } from '../words/turn.ts'
import { ledgerOf } from './ledger.ts'

/**
 * Makes the dead old value unreadable in every target; null when there is nothing left to do. What could not be
 * retired is shown as a violation. A value that was never seen accepted stays: nobody knows what it was.
 */
export function retireOld(turn: Turn): Next | null {
  const { old } = turn.rotation
  if (old && !old.accepted) return null
  return retireVersions(turn, (id) => ledgerOf(turn, id).oldVersion)
}

/** Retires one version per target, at the same time; each is tried once per look and three times in all. */
export function retireVersions(turn: Turn, versionOf: (target: string) => string | undefined): Next | null {
  const effects = turn.rotation.pin.targets.flatMap((target): Effect[] => {
    const ledger = ledgerOf(turn, target.id)
    const version = versionOf(target.id)
    if (!version || ledger.retired || version === ledger.version) return []
    const name = `retire:${target.id}` as const
    const tries = turn.rotation.tries[name]?.count ?? 0
    if (tries >= 3) return giveUp(turn, target.id, version)
    turn.rotation.tries[name] = { count: tries + 1, nextAt: turn.now }
    return [{ kind: 'retire', target: target.id, version }]
  })
  return effects.length > 0 ? perform(turn, effects, 'retire the replaced value') : null
}

function giveUp(turn: Turn, target: string, version: string): [] {
  const detail = `version ${version} of ${target} still holds a dead value: ${ledgerOf(turn, target).failure?.message ?? 'it could not be retired'}`
  ledgerOf(turn, target).retired = 'kept'
  const kind = `not-retired:${target}` as const
  const others = turn.record.violations.filter((one) => one.kind !== kind)
  turn.record.violations = [...others, { kind, detail, version, since: turn.now }]
  note(turn, 'not-retired', detail)
  notify(turn, 'warning', 'not-retired', detail)
  return []
}

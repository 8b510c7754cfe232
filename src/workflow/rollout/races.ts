import type { Effect, Failure } from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, notify, type Turn } from '../words/turn.ts'

/** A store without compare-and-set reports after our write that another one came in between: this raises an alarm. */
export function noteRace(turn: Turn, effect: Effect & { kind: 'write' }, failure: Failure): void {
  const write = turn.rotation.targets[effect.target]?.writes.find((one) => one.mark === effect.mark)
  if (!write) return
  write.raced = failure.message
  notify(turn, 'alarm', reasons.drift, `${effect.target}: ${failure.message}`)
}

/**
 * Every target holds the new key, but one of our writes replaced a value that somebody else had just put there. A person
 * has to look at it, in the versions that the store keeps.
 */
export function judgeRaces(turn: Turn): Next | null {
  for (const [target, ledger] of Object.entries(turn.rotation.targets)) {
    const write = ledger.writes.find(
      ({ purpose, raced, mark }) =>
        raced !== undefined &&
        purpose === 'deploy' &&
        !isConfirmed(turn.rotation, confirmationOf('overwritten', mark)),
    )
    if (!write) continue
    const detail = `our write to ${target} replaced a value that somebody else wrote at the same time: ${write.raced}`
    return block(turn, reasons.drift, detail, { needs: confirmationOf('overwritten', write.mark) })
  }
  return null
}

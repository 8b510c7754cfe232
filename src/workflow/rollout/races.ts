import type { Effect, Failure } from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, notify, type Turn } from '../words/turn.ts'

/** A store without compare-and-set tells after the write that somebody else's came in between: people hear of it. */
export function noteRace(turn: Turn, effect: Effect & { kind: 'write' }, failure: Failure): void {
  const write = turn.rotation.targets[effect.target]?.writes.find((one) => one.mark === effect.mark)
  if (!write) return
  write.raced = failure.message
  notify(turn, 'alarm', reasons.drift, `${effect.target}: ${failure.message}`)
}

/**
 * Every target holds the new key, but one of the writes went over what somebody else had just written there. What that
 * was is for a person to look at, in the versions that the store keeps.
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
    const detail = `${target} was written by somebody else at the same time, and that was written over: ${write.raced}`
    return block(turn, reasons.drift, detail, { needs: confirmationOf('overwritten', write.mark) })
  }
  return null
}

import { isPassing } from '../../contracts/errors.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, type Turn, waitBounded } from '../words/turn.ts'
import { judgeConfig } from './config-change.ts'
import { placeValues } from './placement.ts'
import { judgeRaces } from './races.ts'

/**
 * Every target of the pinned and the present config holds the new key, and no write to them replaced a value that
 * somebody else had just put there; null then.
 */
export function judgeEveryTarget(turn: Turn): Next | null {
  return judgeConfig(turn) ?? placeValues(turn) ?? judgeRaces(turn)
}

/** Earlier readings are not evidence: a target that cannot be read now counts as holding the old key. */
export function judgeReadings(turn: Turn): Next | null {
  for (const target of turn.rotation.pin.targets) {
    const reading = turn.answers.targets[target.id]
    if (reading?.is !== 'failed') continue
    const { failure } = reading
    const detail = `${target.id} cannot be read, so it counts as holding the old key: ${failure.message}`
    if (!isPassing(failure)) return block(turn, reasons.targetRefused, `${detail}. ${failure.nextStep}`)
    const until = nextTry(turn.rotation, `read:${target.id}`, turn.now, failure.retryAfterMs)
    return waitBounded(turn, until, reasons.targetLags, detail)
  }
  return null
}

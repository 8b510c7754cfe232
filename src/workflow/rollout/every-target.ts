import type { Next, Turn } from '../words/turn.ts'
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

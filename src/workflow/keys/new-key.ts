import { reasons } from '../words/reasons.ts'
import { block, type Next, perform, type Turn, waitBounded } from '../words/turn.ts'
import { isApi, MAX_ATTEMPTS, MAX_ISSUES, openAttempt } from './attempts.ts'
import { askOperator } from './operator.ts'

/**
 * Has the next key of this rotation made: by the issuer's API, or by a person who is asked for it. A rotation that
 * is on its way back makes none and ends here.
 */
export function beginCreate(turn: Turn): Next {
  const { rotation } = turn
  if (rotation.rollback !== undefined) return { do: 'finish', end: 'rolled-back' }
  if (!isApi(rotation.pin.issuer)) return askOperator(turn, 'create')
  const pause = rotation.tries.issue
  if (pause && pause.nextAt > turn.now) {
    const why = rotation.attempts.at(-1)?.why ?? 'the issuer did not make a key'
    return waitBounded(turn, pause.nextAt, reasons.issuerDown, why)
  }
  const rounds = 1 + rotation.confirmed.filter((said) => said.what === 'another-attempt').length
  const made = rotation.attempts.filter((attempt) => attempt.state !== 'absent')
  if (made.length >= MAX_ATTEMPTS * rounds || rotation.attempts.length >= MAX_ISSUES * rounds) {
    return block(
      turn,
      reasons.attemptsSpent,
      `${made.length} keys were made in ${rotation.attempts.length} tries and none could be used; look at the trail before trying again`,
      { needs: 'another-attempt' },
    )
  }
  return perform(turn, [openAttempt(turn)], 'create a new key')
}

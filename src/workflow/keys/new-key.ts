import { reasons } from '../words/reasons.ts'
import { block, type Next, perform, type Turn, waitBounded } from '../words/turn.ts'
import { isApi, MAX_ATTEMPTS, MAX_ISSUES, openAttempt } from './attempts.ts'
import { askOperator } from './operator.ts'

/**
 * Has the issuer, or a person, create the next key of this rotation. A rotation that is on its way back creates none
 * and ends here.
 */
export function beginCreate(turn: Turn): Next {
  const { rotation } = turn
  if (rotation.rollback !== undefined) return { do: 'finish', end: 'rolled-back' }
  if (!isApi(rotation.pin.issuer)) return askOperator(turn, 'create')
  const pause = rotation.tries.issue
  if (pause && pause.nextAt > turn.now) {
    const why = rotation.attempts.at(-1)?.why ?? 'the issuer did not create a key'
    return waitBounded(turn, pause.nextAt, reasons.issuerDown, why)
  }
  const rounds = 1 + rotation.confirmed.filter((said) => said.what === 'another-attempt').length
  const made = rotation.attempts.filter((attempt) => attempt.state !== 'absent')
  if (made.length >= MAX_ATTEMPTS * rounds || rotation.attempts.length >= MAX_ISSUES * rounds) {
    return block(
      turn,
      reasons.attemptsSpent,
      `${made.length} keys were created in ${rotation.attempts.length} tries and none could be used; read the audit trail before trying again`,
      { needs: 'another-attempt' },
    )
  }
  return perform(turn, [openAttempt(turn)], 'create a new key')
}

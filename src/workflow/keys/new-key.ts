import { reasons } from '../words/reasons.ts'
import { block, type Next, perform, type Turn, waitBounded } from '../words/turn.ts'
import { MAX_ATTEMPTS, MAX_ISSUES, openAttempt } from './attempts.ts'
import { rulesOf } from './lifecycle.ts'
import { askOperator } from './operator.ts'
import { takeServiceKey } from './service-key.ts'

/**
 * Has the issuer, or a person, create the next key of this rotation. A rotation that is on its way back creates none
 * and ends here.
 */
export function beginCreate(turn: Turn): Next {
  const { rotation } = turn
  if (rotation.rollback !== undefined) return { do: 'finish', end: 'rolled-back' }
  if (rulesOf(rotation).create === 'person') return askOperator(turn, 'create')
  const misfit = judgeMisfit(turn)
  if (misfit) return misfit
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
  return takeServiceKey(turn) ?? perform(turn, [openAttempt(turn)], 'create a new key')
}

/**
 * A key was made, and the answer does not fit the config: the next answer would not either. One is enough, until a
 * person has corrected the config.
 */
function judgeMisfit(turn: Turn): Next | null {
  const { rotation } = turn
  const last = rotation.attempts.at(-1)
  if (!last?.misfit) return null
  const said = rotation.confirmed.findLast(({ what }) => what === 'another-attempt')
  if (said && said.at >= last.at) return null
  return block(
    turn,
    reasons.misfit,
    `${rotation.pin.issuer.name} made a key, but its answer does not fit the config: ${last.why ?? 'it was not understood'}. No other key is created until that is corrected`,
    { needs: 'another-attempt' },
  )
}

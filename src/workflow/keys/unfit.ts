import type { Attempt } from '../../contracts/record.ts'
import { type Next, note, notify, type Turn } from '../words/turn.ts'
import { isApi } from './attempts.ts'
import { oweAttempt } from './known-keys.ts'
import { beginCreate } from './new-key.ts'
import { askOperator, endAsk } from './operator.ts'
import { revokeOrphan } from './orphan.ts'

/**
 * A target cannot hold the new key in a form that every reader gets. That is known before anything is written: the key
 * is revoked, or is a person's to delete, and no target is touched. Null: all can hold it.
 */
export function refuseUnfit(turn: Turn, attempt: Attempt): Next | null {
  const { rotation, record, answers } = turn
  const [unfit] = answers.unfit ?? []
  if (!unfit) return null
  attempt.why = `${unfit.target} cannot hold it: ${unfit.why}`
  const text = `the new key was not written anywhere: ${attempt.why}. Let the issuer make keys of other characters, or choose another format or store`
  note(turn, 'verdict', text)
  notify(turn, 'alarm', 'target-cannot-hold-key', text, `keyrota status ${record.key}`)
  if (isApi(rotation.pin.issuer)) {
    attempt.state = 'orphan'
    rotation.rollback = { why: attempt.why, after: 'end' }
    return revokeOrphan(turn, attempt, () => beginCreate(turn))
  }
  attempt.state = 'closed'
  oweAttempt(turn, attempt, attempt.why)
  // The next key gets a name of its own: this one is to be deleted.
  endAsk(turn, attempt.why)
  return askOperator(turn, 'create')
}

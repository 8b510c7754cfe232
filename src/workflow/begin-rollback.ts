import { oweAttempt } from './debts.ts'
import { candidate, newFingerprint } from './keys.ts'
import { reasons } from './reasons.ts'
import { block, enter, isConfirmed, type Next, note, type Turn, tell } from './turn.ts'

/**
 * Turns back: the old value goes where the new one went, and the new key is revoked last. Without a living old key
 * there is no way back; then only a key that no target holds can be discarded, or a person asks for another one.
 */
export function beginRollback(turn: Turn, why: string, then: 'end' | 'another'): Next {
  const { rotation } = turn
  const ending = rotation.revocation?.intendedAt !== undefined
  const noWayBack = then === 'end' && (!rotation.old || rotation.old.dead)
  if (ending || noWayBack) {
    if (isConfirmed(rotation, anotherKey(turn))) return makeAnother(turn, why)
    const detail = ending
      ? `${why}, but the old key is being revoked already: forward only`
      : `${why}, and there is no living old key to go back to`
    return block(turn, reasons.newKeyRefused, detail, { needs: anotherKey(turn) })
  }
  rotation.rollbackWhy = why
  rotation.rollbackThen = then
  delete rotation.operator
  delete rotation.withdrawal
  enter(turn, 'rollback', why)
  note(turn, 'rollback', why, { discards: newFingerprint(rotation) ?? null })
  tell(turn, 'alarm', 'rollback', `${why}; writing the old value back`)
  return { do: 'commit' }
}

/** What a person confirms to have another key made in place of this one, when there is no way back. */
export function anotherKey(turn: Turn): string {
  return `another-key:${candidate(turn.rotation)?.mark ?? 'first'}`
}

/** Forward with one more key. The one it replaces may be in use until then, so a person deletes it afterwards. */
export function makeAnother(turn: Turn, why: string): Next {
  const { rotation } = turn
  const attempt = candidate(rotation)
  if (attempt) {
    attempt.state = 'closed'
    attempt.why = why
    oweAttempt(turn, attempt, why)
  }
  if (rotation.old) rotation.old.dead = true
  turn.record.quietUntil = Math.max(turn.record.quietUntil, rotation.withdrawal?.landsBy ?? 0)
  delete rotation.withdrawal
  delete rotation.rollbackWhy
  delete rotation.rollbackThen
  for (const ledger of Object.values(rotation.targets)) delete ledger.readBackAt
  for (const ledger of Object.values(rotation.consumers))
    Object.assign(ledger, { state: 'untouched', tries: 0 })
  return { do: 'begin', step: 'create', why: 'a person has another key made' }
}

import type { KeyRecord, Rotation } from '../../contracts/record.ts'
import { candidate } from '../keys/attempts.ts'
import { notInUse } from '../keys/unseen-value.ts'
import { reasons } from '../words/reasons.ts'

export type Said = { ok: true } | { refused: string }

/**
 * Takes a person's word into the record: what the blocked rotation needs, or `deleted:<name>` for a debt. The
 * rotation then goes on as at a first look.
 */
export function confirm(record: KeyRecord, what: string, now: number): Said {
  const possible = confirmable(record)
  if (!possible.includes(what)) {
    const list =
      possible.length > 0 ? `what can be confirmed now: ${possible.join(', ')}` : 'nothing can be now'
    return { refused: `${record.key}: there is no ${what} to confirm; ${list}` }
  }
  if (what.startsWith('deleted:')) {
    const name = what.slice('deleted:'.length)
    record.debts = record.debts.filter((debt) => debt.name !== name)
    return { ok: true }
  }
  if (!record.rotation) return { refused: `no rotation of ${record.key} is running` }
  record.rotation.confirmed.push({ what, at: now })
  lookAfresh(record, now)
  return { ok: true }
}

/** What a person's word would change now, in the words that `confirm` takes. */
export function confirmable(record: KeyRecord): string[] {
  const { rotation } = record
  const debts = record.debts.map((debt) => `deleted:${debt.name}`)
  return [...new Set([...(rotation ? needsOf(rotation) : []), ...debts])]
}

function needsOf(rotation: Rotation): string[] {
  const { hold, step, withdrawal } = rotation
  const needs = hold?.needs ? [hold.needs] : []
  // A value found before anything was made may be taken as the key or be overwritten.
  if (hold?.needs?.startsWith('adopt:')) needs.push(hold.needs.replace('adopt:', 'overwrite:'))
  const attempt = candidate(rotation)
  if (attempt && hold?.needs?.startsWith('keep:')) needs.push(notInUse(attempt))
  // The time that was declared instead of proof may be cut short by somebody who knows.
  if (hold?.reason === reasons.unproven) needs.push(step === 'rollback' ? 'moved-back' : 'moved')
  if (hold?.reason === reasons.oldKeyDead) {
    if (!withdrawal) needs.push('keep-new')
    needs.push(`another-key:${attempt?.mark ?? 'first'}`)
  }
  return needs
}

/** A person looks again: what was given up is tried afresh, with all its tries. */
export function lookAfresh(record: KeyRecord, now: number): void {
  const { rotation } = record
  if (!rotation) return
  rotation.progressAt = now
  rotation.tries = {}
  for (const ledger of Object.values(rotation.targets)) Object.assign(ledger, { tries: 0, nextTryAt: now })
  for (const ledger of Object.values(rotation.consumers)) Object.assign(ledger, { tries: 0, nextTryAt: now })
  for (const revocation of [rotation.revocation, rotation.withdrawal]) {
    if (revocation) Object.assign(revocation, { tries: Math.min(revocation.tries, 1), nextTryAt: now })
  }
}

/**
 * Turns the running rotation back on a person's word: called off in preflight, the new key revoked where no target
 * was sent it, everything written back otherwise. Once the old key is being revoked there is only forward.
 */
export function abandonOrRollBack(record: KeyRecord, now: number, why: string): Said {
  const { rotation } = record
  if (!rotation) return { refused: `no rotation of ${record.key} is running` }
  if (rotation.ending || rotation.step === 'rollback' || rotation.rollbackWhy !== undefined)
    return { refused: `the rotation of ${record.key} is on its way back or ending already` }
  if (rotation.revocation?.intendedAt !== undefined)
    return { refused: `the old key of ${record.key} is being revoked already: there is only forward` }
  if (rotation.step === 'preflight') {
    rotation.confirmed.push({ what: 'abandon', at: now })
    return { ok: true }
  }
  if (rotation.step !== 'create' && (!rotation.old || rotation.old.dead))
    return { refused: `${record.key} has no living old key to go back to` }
  lookAfresh(record, now)
  turnBack(rotation, now, why)
  return { ok: true }
}

/** Enters the way back; `another` makes the next key of this rotation afterwards. */
export function turnBack(
  rotation: Rotation,
  now: number,
  why: string,
  then: 'end' | 'another' = 'end',
): void {
  rotation.rollbackWhy = why
  delete rotation.operator
  delete rotation.hold
  delete rotation.withdrawal
  rotation.standing = 'active'
  rotation.streaks = {}
  rotation.tries = {}
  rotation.progressAt = now
  // No target was sent the key while it is being made: the step itself withdraws it.
  if (rotation.step === 'create') return
  rotation.rollbackThen = then
  rotation.step = 'rollback'
  rotation.stepSince = now
}

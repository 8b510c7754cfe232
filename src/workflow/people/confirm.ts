import type { Confirmation, KeyRecord, Rotation } from '../../contracts/record.ts'
import { anotherKeyOf, candidate } from '../keys/attempts.ts'
import { isTooLateToGoBack, sayTime } from '../keys/deadline.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { commandFor, confirmationOf, describeAsked, parseConfirmation } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { startAfresh } from '../words/turn.ts'

export type Said = { ok: true } | { refused: string }

/**
 * Records what a person confirms: what the blocked rotation needs, or `deleted:<name>` for a debt. The rotation then
 * continues with all its tries.
 */
export function confirm(record: KeyRecord, what: string, now: number): Said {
  const possible = confirmable(record)
  const parsed = parseConfirmation(what)
  if (!parsed || !possible.includes(parsed.confirmation)) {
    const list =
      possible.length > 0
        ? `what can be confirmed now: ${possible.map(describeAsked).join(', ')}`
        : 'nothing can be confirmed now'
    // Only the words that Keyrota knows are repeated: what was typed may be anything, a key too.
    const known = parsed === null ? 'that' : parsed.about === null ? parsed.name : `${parsed.name}:…`
    return { refused: `${record.key}: ${known} cannot be confirmed; ${list}` }
  }
  if (parsed.name === 'deleted') {
    record.debts = record.debts.filter((debt) => debt.name !== parsed.about)
    return { ok: true }
  }
  if (!record.rotation) return { refused: `no rotation of ${record.key} is running` }
  record.rotation.confirmed.push({ what: parsed.confirmation, at: now })
  lookAfresh(record, now)
  return { ok: true }
}

/** What can be confirmed now. */
export function confirmable(record: KeyRecord): Confirmation[] {
  const { rotation } = record
  const debts = record.debts.map((debt) => confirmationOf('deleted', debt.name))
  return [...new Set([...(rotation ? needsOf(rotation) : []), ...debts])]
}

function needsOf(rotation: Rotation): Confirmation[] {
  const { hold, step, withdrawal } = rotation
  const needs = hold?.needs ? [hold.needs] : []
  const asked = hold?.needs ? parseConfirmation(hold.needs) : null
  // A value found before anything was created may be taken as the key or be overwritten.
  if (asked?.name === 'adopt') needs.push(confirmationOf('overwrite', asked.about ?? ''))
  const attempt = candidate(rotation)
  if (attempt && asked?.name === 'keep') needs.push(confirmationOf('not-in-use', attempt.mark))
  // Somebody who knows may cut short the time that was declared in place of proof.
  if (hold?.reason === reasons.unproven) needs.push(step === 'rollback' ? 'moved-back' : 'moved')
  if (asked?.name === 'nothing-made' && rulesOf(rotation).createAgain === 'ends-old')
    needs.push(anotherKeyOf(rotation))
  if (hold?.reason === reasons.oldKeyDead) {
    if (!withdrawal) needs.push('keep-new')
    needs.push(anotherKeyOf(rotation))
  }
  return needs
}

/** A person looked: what was given up is retried, with all its tries. */
export function lookAfresh(record: KeyRecord, now: number): void {
  const { rotation } = record
  if (!rotation) return
  rotation.progressAt = now
  rotation.tries = {}
  rotation.flags = {}
  for (const ledger of Object.values(rotation.targets)) set(ledger, { tries: 0, nextTryAt: now })
  for (const ledger of Object.values(rotation.consumers)) set(ledger, { tries: 0, nextTryAt: now })
  for (const revocation of [rotation.revocation, rotation.withdrawal]) {
    if (revocation) set(revocation, { tries: Math.min(revocation.tries, 1), nextTryAt: now })
  }
}

/**
 * Turns the running rotation back because a person asked for it: cancels it in preflight, revokes the new key if no target
 * was sent it, and restores the old value otherwise. Once the old key is being revoked there is no way back.
 */
export function abandonOrRollBack(record: KeyRecord, now: number, why: string): Said {
  const { rotation } = record
  if (!rotation) return { refused: `no rotation of ${record.key} is running` }
  if (rotation.ending || rotation.step === 'rollback' || rotation.rollback)
    return { refused: `the rotation of ${record.key} is already on its way back or ending` }
  if (rotation.revocation?.intendedAt !== undefined)
    return { refused: `the old key of ${record.key} is already being revoked; there is no way back` }
  if (rotation.step === 'preflight') {
    rotation.confirmed.push({ what: 'abandon', at: now })
    return { ok: true }
  }
  const isGone = rulesOf(rotation).rollBack === 'never' || !rotation.old || rotation.old.dead
  if (rotation.step !== 'create' && isGone)
    return { refused: `${record.key} has no living old key to go back to` }
  const { diesAt } = rotation.old ?? {}
  if (rotation.step !== 'create' && diesAt !== undefined && isTooLateToGoBack({ rotation, now }, 'person')) {
    return {
      refused: `the old key of ${record.key} ends by itself at ${sayTime(diesAt, now)}: there is too little time to go back. Remove the cause, then: ${commandFor(record.key)}`,
    }
  }
  lookAfresh(record, now)
  turnBack(rotation, now, why)
  return { ok: true }
}

/** Enters the rollback; `another` creates the next key of this rotation afterwards. */
export function turnBack(
  rotation: Rotation,
  now: number,
  why: string,
  after: 'end' | 'another' = 'end',
): void {
  rotation.rollback = { why, after }
  delete rotation.operator
  delete rotation.withdrawal
  startAfresh({ rotation, now })
  // While the key is being created no target has been sent it: the step itself withdraws it.
  if (rotation.step === 'create') return
  rotation.step = 'rollback'
  rotation.stepSince = now
}

/*
 * A process is stopped while it alone holds the value of the new key: afterwards nobody can use that key, and perhaps
 * nobody can name it to the issuer. What can be ended is ended then, and the person who stopped it is told what is next.
 */
import type { KeyRecord, Rotation } from '../contracts/record.ts'
import { candidate, isApi, isOnlyInMemory } from './keys/attempts.ts'
import { discardNewBy } from './keys/lifecycle.ts'
import { turnBack } from './people/confirm.ts'
import { everSent } from './rollout/ledger.ts'

/**
 * Whether the new key can be ended now: its value is in this process alone, no target was ever sent it, and revoking it
 * leaves the old one alone. Afterwards there may be no name to revoke it by.
 */
export function canDiscard(rotation: Rotation | null): rotation is Rotation {
  if (!rotation || rotation.rollback || !isOnlyInMemory(rotation)) return false
  const { issuer } = rotation.pin
  const attempt = candidate(rotation)
  if (!attempt || discardNewBy(rotation, attempt) !== 'revoke') return false
  if (!isApi(issuer) || issuer.traits.oldKeyOnIssue !== 'lives') return false
  return !Object.values(rotation.targets).some(everSent)
}

/** From here on the rotation goes the way of one that is cancelled before any target was sent the key. */
export function discardUnsent(rotation: Rotation, now: number): void {
  rotation.step = 'create'
  turnBack(rotation, now, 'stopped while only this process held the new key')
  if (rotation.rollback) rotation.rollback.isStopped = true
}

/** What a person who stopped it does next. */
export function sayStopped(record: KeyRecord): string {
  const { key, rotation, last } = record
  const debt = rotation ? undefined : record.debts.find((one) => one.rotation === last?.id)
  if (debt)
    return `stopped before the new key was in a target; it could not be revoked: delete ${debt.name} at the issuer, then run: keyrota resume ${key} --confirm deleted:${debt.name}`
  if (!rotation && last?.end === 'rolled-back')
    return `stopped before the new key was in a target: it was revoked and the old one stays; start again with: keyrota rotate ${key}`
  const attempt = rotation && candidate(rotation)
  const left =
    attempt?.state === 'orphan' || (rotation && isOnlyInMemory(rotation))
      ? `; ${attempt?.name} is not in use and is not revoked yet`
      : ''
  return `stopped${left}; go on with: keyrota resume ${key}`
}

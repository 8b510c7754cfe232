import { lifecycleRules } from '../../contracts/lifecycle.ts'
import type { PinnedIssuer } from '../../contracts/record.ts'

/** What this lifecycle cannot do, for the audit trail and for `check`. */
export function describeLimits(issuer: PinnedIssuer): string[] {
  const { name, canReadBack } = issuer
  const rules = lifecycleRules(issuer)
  const limits: string[] = []
  if (rules.oldOnCreate === 'dies')
    limits.push(`${name} ends the old key when it makes the new one: there is no overlap and no way back`)
  if (rules.diesAfterMs !== undefined)
    limits.push(
      `${name} ends the old key ${sayLength(rules.diesAfterMs)} after it made the new one: a rollback is possible until half of that is over`,
    )
  if (rules.discardNew === 'keep' && rules.rollBack !== 'never')
    limits.push(
      `after a rollback the new key stays the current one of ${name}, and the next rotation continues with it`,
    )
  if (rules.createAgain === 'ends-old' && !canReadBack)
    limits.push(`${name} cannot be asked for its current key: a lost answer needs a person`)
  if (rules.create === 'api' && rules.endOld === 'person')
    limits.push(`${name} has no request that ends the old key: a person does`)
  return limits
}

/** A time in the largest unit that divides it: `48 h`. */
export function sayLength(ms: number): string {
  const units = [
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  const [unitMs, unit] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms']
  return `${ms / unitMs} ${unit}`
}

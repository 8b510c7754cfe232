import type { ApiIssuerTraits } from '../../contracts/key-issuer.ts'
import { type LifecycleRules, lifecycleRules } from '../../contracts/lifecycle.ts'
import type { Attempt, PinnedIssuer, Rotation } from '../../contracts/record.ts'

/** What creating, losing, turning back and ending mean for the keys of this rotation (RULES.md 16). */
export function rulesOf({ pin }: Rotation): LifecycleRules {
  return lifecycleRules(pin.issuer)
}

/** How the old key ends: by the API where it can say which key it means. */
export function endOldBy(rotation: Rotation): LifecycleRules['endOld'] {
  const { endOld } = rulesOf(rotation)
  return endOld === 'revoke' && !canName(rotation.pin.issuer, rotation.old ?? {}) ? 'person' : endOld
}

/** How the new key ends when it is not used. */
export function discardNewBy(rotation: Rotation, attempt: Attempt): LifecycleRules['discardNew'] {
  const { discardNew } = rulesOf(rotation)
  return discardNew === 'revoke' && !canName(rotation.pin.issuer, attempt) ? 'person' : discardNew
}

/** A key that a person made has no id here, as a rule: then the API needs its value. */
function canName({ lifecycle, traits }: PinnedIssuer, key: Pick<Attempt, 'ref'>): boolean {
  return lifecycle !== 'operator' || key.ref !== undefined || traits.revokesByValue === true
}

/** How long a new key may be missing from the issuer's list. */
export function listDelayMs({ pin }: Rotation): number {
  return (pin.issuer.traits as Partial<ApiIssuerTraits>).listDelayMs ?? 0
}

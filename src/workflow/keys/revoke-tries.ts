import type { Revocation } from '../../contracts/record.ts'
import { revokeSettleMs } from '../words/pace.ts'
import type { Turn } from '../words/turn.ts'

/** Revocations of one key that were answered, and still it lives. */
export const MAX_REVOKES = 5

/** From when on a key that is still accepted was not revoked; one whose revocation was refused has nothing to settle. */
export function revokedBy({ rotation }: Turn, { answeredAt }: Revocation): number {
  return answeredAt === undefined ? 0 : answeredAt + revokeSettleMs(rotation.pin.issuer)
}

/** Answered as often as is sensible, or only ever refused for too long. */
export function isGivenUp({ rotation, now }: Turn, revocation: Revocation): boolean {
  const { tries, answeredAt, intendedAt } = revocation
  if (tries >= MAX_REVOKES) return true
  if (answeredAt !== undefined || intendedAt === undefined) return false
  return now >= Math.max(intendedAt, rotation.progressAt) + rotation.pin.policy.giveUpMs
}

import { lifecycleRules } from '../../contracts/lifecycle.ts'
import type { KeyRecord, Pin, PinnedIssuer, Policy, Rotation, TryName } from '../../contracts/record.ts'
import { fractionOf } from '../../contracts/spread.ts'

/** Reads spread over the time of after-care. */
const CARE_READS = 24

/**
 * Pause before try `count + 1`, in milliseconds: doubling from `retryMinMs` up to `retryMaxMs`, spread by up to a
 * fifth with a hash of `salt` so that siblings do not retry together; never shorter than the service asked for.
 */
export function backoffMs(count: number, policy: Policy, salt: string, retryAfterMs = 0): number {
  const doubled = policy.retryMinMs * 2 ** Math.min(count, 20)
  const capped = Math.min(doubled, policy.retryMaxMs)
  const spread = fractionOf(`${salt}:${count}`) * 0.2
  return Math.max(Math.round(capped * (1 - spread)), retryAfterMs)
}

/** Counts one more try of `name`. @returns when the next one is due. */
export function nextTry(rotation: Rotation, name: TryName, now: number, retryAfterMs = 0): number {
  const before = rotation.tries[name]?.count ?? 0
  const nextAt = now + backoffMs(before, rotation.pin.policy, `${rotation.id}:${name}`, retryAfterMs)
  rotation.tries[name] = { count: before + 1, nextAt }
  return nextAt
}

/** Until when a call without an answer may still take effect, if this process held the lease when it was sent. */
export function landsBy(sentAt: number, policy: Policy, settleMs: number): number {
  return sentAt + policy.callLimitMs + settleMs
}

/** Pause between two confirmations that together span `spanMs`. */
export function confirmPauseMs(policy: Policy, spanMs: number): number {
  return policy.confirmations > 1 ? Math.ceil(spanMs / (policy.confirmations - 1)) : spanMs
}

/** Pause between two reads of the targets during after-care. */
export function carePauseMs(policy: Pick<Policy, 'retryMaxMs' | 'afterCareMs'>): number {
  return Math.max(policy.retryMaxMs, Math.ceil(policy.afterCareMs / CARE_READS))
}

/** When the targets are read again after a rotation's end; null once the time of after-care is over. */
export function nextCareAt(record: KeyRecord, pin: Pin, now: number): number | null {
  if (now < record.quietUntil) return record.quietUntil
  const until = record.afterCare?.until ?? 0
  if (now >= until) return null
  const pauseMs = carePauseMs(pin.policy)
  const repairs = Object.values(record.afterCare?.tries ?? {}).filter(
    (tries) => !tries.gaveUp && tries.nextAt > now,
  )
  return Math.min(until, now + pauseMs, ...repairs.map((tries) => tries.nextAt))
}

/** How long the issuer may still accept a key that it was told to end. */
export function revokeSettleMs({ traits }: PinnedIssuer): number {
  return traits.revokeSettleMs ?? traits.settleMs
}

/** How long both keys stay valid; not at all for an old key that leaked, or is dead anyway once there is a new one. */
export function overlapMsOf({ old, compromised, pin }: Rotation): number {
  const oldLeaked = compromised !== undefined && compromised.leaked !== 'new'
  const isDead = old?.dead || lifecycleRules(pin.issuer).oldOnCreate === 'dies'
  return oldLeaked || isDead ? 0 : pin.policy.overlapMs
}

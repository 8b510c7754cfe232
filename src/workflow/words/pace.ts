import type { Policy, Rotation } from '../../contracts/record.ts'

/**
 * Pause before try `count + 1`, in milliseconds: doubling from `retryMinMs` up to `retryMaxMs`, spread by up to a
 * fifth with a hash of `salt` so that siblings do not knock together; never shorter than what the service asked.
 */
export function backoffMs(count: number, policy: Policy, salt: string, retryAfterMs = 0): number {
  const doubled = policy.retryMinMs * 2 ** Math.min(count, 20)
  const capped = Math.min(doubled, policy.retryMaxMs)
  const spread = (spreadOf(`${salt}:${count}`) / 0xffffffff) * 0.2
  return Math.max(Math.round(capped * (1 - spread)), retryAfterMs)
}

/** FNV-1a, 32 bits: the same text gives the same spread on every machine. */
function spreadOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193) >>> 0
  }
  return hash
}

/** Counts one more try of `name` and says when the next may be. */
export function nextTry(rotation: Rotation, name: string, now: number, retryAfterMs = 0): number {
  const before = rotation.tries[name]?.count ?? 0
  const nextAt = now + backoffMs(before, rotation.pin.policy, `${rotation.id}:${name}`, retryAfterMs)
  rotation.tries[name] = { count: before + 1, nextAt }
  return nextAt
}

/** A call without an answer may land until then, when this process still held the lease as it was sent. */
export function landsBy(sentAt: number, policy: Policy, settleMs: number): number {
  return sentAt + policy.callLimitMs + settleMs
}

/** Pause between two confirmations that together span `spanMs`. */
export function confirmPauseMs(policy: Policy, spanMs: number): number {
  return policy.confirmations > 1 ? Math.ceil(spanMs / (policy.confirmations - 1)) : spanMs
}

/** How long a campaign takes: before it begins by what is known of its parts, later by its own pace. */
import type { CampaignPlan } from './campaign.ts'

/** What one rotation takes, as far as config and providers say it. All in milliseconds. */
export interface RotationTimes {
  /** A new key may be refused, and a revoked one accepted, for so long. */
  readonly settleMs: number
  readonly revokeSettleMs: number
  /** Readers of a store may get the earlier value for so long. */
  readonly storeSettleMs: number
  readonly hasConsumers: boolean
  /** Both keys are valid for so long; 0 for a leaked key. */
  readonly overlapMs: number
  readonly confirmations: number
}

/** Calls in a row, each of about so long, beside what is waited for. */
const CALLS_IN_A_ROW = 20
const CALL_MS = 60
/** A workload that is replaced. */
const RESTART_MS = 30_000
const HOUR_MS = 3_600_000

export function rotationMs(times: RotationTimes): number {
  const { settleMs, revokeSettleMs, storeSettleMs, hasConsumers, overlapMs, confirmations } = times
  const calls = (CALLS_IN_A_ROW + 3 * confirmations) * CALL_MS
  return calls + settleMs + storeSettleMs + (hasConsumers ? RESTART_MS : 0) + overlapMs + revokeSettleMs
}

export interface Estimate {
  readonly ms: number
  /** What bounds it: how long one rotation takes, the share of an hour, or how many calls an issuer or a store takes. */
  readonly by: 'rotation' | 'share' | 'limits'
}

/**
 * From the plan: waves come one after the other, and a wave takes at least one rotation. `limitsMs`: the least time that
 * the limits of issuers and stores allow for all keys.
 */
export function estimateAll(plan: CampaignPlan, perKeyMs: number, limitsMs: number): Estimate {
  const atOnce = atOnceOf(plan)
  let rotationsMs = 0
  let before = 0
  for (const size of plan.waves) {
    rotationsMs += Math.ceil((size - before) / atOnce) * perKeyMs
    before = size
  }
  const hours = plan.perHour === null ? 0 : Math.max(0, Math.ceil(before / plan.perHour) - 1)
  const shareMs = hours * HOUR_MS + (hours > 0 ? perKeyMs : 0)
  const ms = Math.max(rotationsMs, shareMs, limitsMs)
  return { ms, by: ms === rotationsMs ? 'rotation' : ms === shareMs ? 'share' : 'limits' }
}

function atOnceOf({ caps }: CampaignPlan): number {
  return Math.max(1, caps.atOnce)
}

/** The pace of a campaign that is under way: keys that came to their end, within the last minutes. */
export class Pace {
  readonly #windowMs: number
  #ends: number[] = []
  readonly #since: number

  constructor(now: number, windowMs = 300_000) {
    this.#since = now
    this.#windowMs = windowMs
  }

  note(now: number): void {
    this.#ends.push(now)
  }

  /** Keys a second; 0: none came to its end lately. */
  rate(now: number): number {
    this.#ends = this.#ends.filter((at) => at > now - this.#windowMs)
    const lengthMs = Math.max(1_000, Math.min(this.#windowMs, now - this.#since))
    return (this.#ends.length * 1_000) / lengthMs
  }

  /** How long the rest takes at this pace and by the share of an hour; null: nothing has ended yet. */
  etaMs(left: number, perHour: number | null, now: number): number | null {
    if (left === 0) return 0
    const rate = this.rate(now)
    if (rate === 0) return null
    return Math.max((left * 1_000) / rate, perHour === null ? 0 : (left / perHour - 1) * HOUR_MS)
  }
}

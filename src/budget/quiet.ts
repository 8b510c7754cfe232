/** What a process may send of a budget without being a member of it. */

/** This part of the limit, */
const PART = 0.02
/** after so many calls at once, or what comes in during so long. */
const CALLS = 5
const BURST_MS = 200

export interface Quiet {
  readonly perSecond: number
  readonly holds: number
}

/** `limit`: calls in a second; null: none is known, and nothing is held back until the service refuses a call. */
export function quietOf(limit: number | null): Quiet {
  if (limit === null) return { perSecond: Number.POSITIVE_INFINITY, holds: 1 }
  return { perSecond: limit * PART, holds: Math.max(CALLS, (limit * BURST_MS) / 1_000) }
}

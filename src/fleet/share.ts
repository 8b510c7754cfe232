/** How many keys campaigns may begin within an hour. */
import type { KeyRecord } from '../contracts/record.ts'

const HOUR_MS = 3_600_000
/** A share of a small fleet would be less than one key. */
const LEAST_PER_HOUR = 25

export function perHourOf(share: number, fleet: number): number {
  return Math.max(LEAST_PER_HOUR, Math.floor(share * fleet))
}

/** When a rotation of any campaign began that this record shows; null: it shows none. */
export function campaignStartOf({ rotation, last }: KeyRecord): number | null {
  if (rotation?.campaign) return rotation.startedAt
  return last?.campaign ? (last.startedAt ?? last.at) : null
}

/** How many may begin now, and when the next one may if none does. */
export function roomInHour(
  starts: readonly number[],
  perHour: number | null,
  now: number,
): { room: number; nextAt: number | null } {
  if (perHour === null) return { room: Number.POSITIVE_INFINITY, nextAt: null }
  // One that lies ahead was written by a clock that is set right since.
  const lately = starts.filter((at) => at > now - HOUR_MS && at <= now + HOUR_MS).toSorted((a, b) => a - b)
  const room = Math.max(0, perHour - lately.length)
  if (room > 0) return { room, nextAt: null }
  const freeing = lately[lately.length - perHour] ?? now
  return { room, nextAt: Math.min(freeing, now) + HOUR_MS }
}

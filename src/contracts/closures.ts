/* When no rotation starts by itself, as plain times: what blackouts and calendars come to. */

/** A stretch of time. Milliseconds since 1970; infinite: for ever. */
export interface ClosedRange {
  /** The first moment that is closed. */
  readonly from: number
  /** The first moment that is open again. */
  readonly to: number
  /** What closes it, for people, e.g. `the calendar freeze is closed until 2027-01-06 23:00Z (year end)`. */
  readonly why: string
  /** What was held back starts within this time after the end, each key at a moment of its own. */
  readonly catchUpMs: number
}

/** In order; between two of them is time. */
export type Closures = readonly ClosedRange[]

/** What was held back for weeks need not start in an hour, and nobody wants to wait for it for days. */
const LONGEST_CATCH_UP_MS = 86_400_000

/** Over what time the starts are spread that a closed range has held back. */
export function catchUpMsOf({ from, to }: { from: number; to: number }): number {
  return Number.isFinite(to - from) ? Math.min(to - from, LONGEST_CATCH_UP_MS) : 0
}

/** `2027-01-06 23:00Z`. */
export function formatMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`
}

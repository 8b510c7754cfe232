/* Moments as people write them. */
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from './duration.ts'

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/

/** A time with its offset: without one it would mean another moment on another machine. Null: it is none. */
export function parseInstant(text: string): number | null {
  const at = TIME.test(text) && isRealDay(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at
}

/** A duration counts from now. Null: neither a duration nor a time. */
export function parseWhen(text: string, now: number): number | null {
  if (!DURATION_PATTERN.test(text)) return parseInstant(text)
  const durationMs = parseDurationMs(text)
  return durationMs <= MAX_DURATION_MS ? now + durationMs : null
}

/** The parser takes the 30th of February for the 2nd of March. */
function isRealDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}

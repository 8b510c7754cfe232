/** Spreads due dates, so that keys made together are not replaced together. */
import { fractionOf } from '../contracts/spread.ts'

const DAY_MS = 86_400_000

/** No key is due more than a day before its siblings only because of its name. */
const LONGEST_JITTER_MS = DAY_MS
const JITTER_SHARE = 0.05

/**
 * How much earlier than its age asks a key is due, so that keys made together are not replaced together: up to a
 * twentieth of `everyMs`, a day at most. Earlier and not later, because `every` is a promise.
 */
export function jitterMs(key: string, everyMs: number): number {
  return Math.floor(fractionOf(key) * Math.min(everyMs * JITTER_SHARE, LONGEST_JITTER_MS))
}

/**
 * The birthday given to an adopted key of unknown age, in milliseconds since 1970: somewhere within the last
 * `everyMs`, so that a thousand keys adopted in one minute come due over the whole of it.
 */
export function spreadSince(key: string, everyMs: number, now: number): number {
  return now - Math.floor(fractionOf(`since ${key}`) * everyMs)
}

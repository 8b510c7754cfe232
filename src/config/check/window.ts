import { Cron } from 'croner'

export interface RawWindow {
  cron: string
  for: number
  timeZone: string
}

const DAY_MS = 86_400_000

/** Patterns repeat within a year. The verdict on one must not depend on the day the config is loaded. */
const REFERENCE_MS = Date.UTC(2026, 0, 1)
const DAYS_SEARCHED = 366

/** What is wrong with a window; undefined if it opens regularly. `at` is the field that is wrong. */
export function checkWindow(
  window: RawWindow,
): { at: 'cron' | 'timeZone'; message: string; expected: string } | undefined {
  if (!isTimeZone(window.timeZone))
    return { at: 'timeZone', message: 'is not a time zone', expected: 'an IANA name such as Europe/Berlin' }
  const expected = 'minute, hour, day, month and weekday, such as 0 2 * * 1-5'
  const opening = findOpening(window, REFERENCE_MS)
  if (opening === 'no-pattern') return { at: 'cron', message: 'is not a cron pattern', expected }
  return opening === 'never' ? { at: 'cron', message: 'matches no date that exists', expected } : undefined
}

/** Caches {@link findLongestGapMs} by pattern: thousands of keys may share one. */
export function makeGapFinder(): (window: RawWindow) => number {
  const known = new Map<string, number>()
  return (window) => {
    const pattern = `${window.cron} ${window.timeZone}`
    const gapMs = known.get(pattern) ?? findLongestGapMs(window)
    known.set(pattern, gapMs)
    return gapMs
  }
}

/**
 * The longest time between two openings within a year, in milliseconds: for each day, from its next opening to the
 * one after.
 */
function findLongestGapMs(window: RawWindow): number {
  const cron = new Cron(window.cron, { mode: '5-part', timezone: window.timeZone })
  let longestMs = 0
  let from = REFERENCE_MS
  for (let day = 0; day < DAYS_SEARCHED; day += 1) {
    const next = cron.nextRun(new Date(from))?.getTime()
    if (next === undefined) break
    const afterNext = cron.nextRun(new Date(next))?.getTime() ?? next
    longestMs = Math.max(longestMs, next - from, afterNext - next)
    from = Math.max(from + DAY_MS, next)
  }
  return longestMs
}

function findOpening(window: RawWindow, from: number): number | 'never' | 'no-pattern' {
  // The library accepts a date as a pattern too, which would be a window that opens once.
  if (window.cron.trim().split(/\s+/).length !== 5) return 'no-pattern'
  try {
    const cron = new Cron(window.cron, { mode: '5-part', timezone: window.timeZone })
    return cron.nextRun(new Date(from))?.getTime() ?? 'never'
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return 'no-pattern'
    throw error
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Rotation windows. */
import { Cron } from 'croner'
import type { RotationWindow } from '../contracts/config.ts'

/**
 * The first moment from `at` on at which the window is open, in milliseconds since 1970: `at` itself when it is open
 * then. Openings follow the time zone's clock through its changes, as cron does.
 * @throws RangeError for a window that never opens again; a config with one is refused.
 */
export function nextStart(window: RotationWindow, at: number): number {
  // The first opening after `at - for` is the one that still holds at `at`, or the next.
  const opening = nextCron(window, at - window.forMs)
  return Math.max(opening, at)
}

/** When the window shuts that is open at this moment; it is shut then if nothing else opens it. */
export function nextClosing(window: RotationWindow, at: number): number {
  return nextCron(window, at - window.forMs) + window.forMs
}

function nextCron(window: RotationWindow, after: number): number {
  const cron = new Cron(window.cron, { mode: '5-part', timezone: window.timeZone })
  const opening = cron.nextRun(new Date(after))
  if (opening === null) throw new RangeError(`a window never opens after ${new Date(after).toISOString()}`)
  return opening.getTime()
}

/** When rotations of a key may start: its window, less the times that are closed. */
import type { ClosedRange, Closures } from '../contracts/closures.ts'
import type { RotationWindow } from '../contracts/config.ts'
import { fractionOf } from '../contracts/spread.ts'
import { nextClosing, nextStart } from './windows.ts'

export interface Hours {
  key: string
  window?: RotationWindow | undefined
  closures?: Closures | undefined
}

export interface Opening {
  /** Milliseconds since 1970; infinite: never, as far as is known. */
  at: number
  /** What keeps it shut until then, of several the last one; absent while it is open. */
  why?: string
}

/** A window and closed times that shut each other out are found out by then. */
const MAX_TURNS = 5_000

/** The first moment from `at` on at which a rotation of this key may start. */
export function nextOpening(hours: Hours, at: number): Opening {
  const { window, closures = [] } = hours
  let opening: Opening = { at }
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const opened = window ? nextStart(window, opening.at) : opening.at
    if (opened > opening.at) opening = { at: opened, why: 'its window is shut' }
    const index = closures.findLastIndex(({ from }) => from <= opened)
    const closed = closures[index]
    const end = closed ? endFor(hours, closed, closures[index + 1]) : opened
    if (!closed || end <= opened) return opening
    opening = { at: end, why: opened < closed.to ? closed.why : `it catches up after: ${closed.why}` }
    if (end === Number.POSITIVE_INFINITY) return opening
  }
  return { at: Number.POSITIVE_INFINITY, why: 'its window and its blackouts leave no opening' }
}

/**
 * When this key may start after a closed time. What a freeze has held back would start in one moment, so each key waits
 * for a part of the catch-up by its name: at most half of the first opening, so that none misses it.
 */
function endFor(
  { key, window }: Hours,
  { to, catchUpMs }: ClosedRange,
  next: ClosedRange | undefined,
): number {
  if (!Number.isFinite(to) || catchUpMs === 0) return to
  const opens = window ? nextStart(window, to) : to
  const shuts = Math.min(
    window ? nextClosing(window, opens) : Number.POSITIVE_INFINITY,
    next?.from ?? Number.POSITIVE_INFINITY,
  )
  const roomMs = Math.max(0, Math.min(catchUpMs, (shuts - opens) / 2))
  return opens + Math.floor(fractionOf(`catch-up ${key}`) * roomMs)
}

/** The moment before `at` after which so much time is open, closed times left out. */
export function goBackOpen(closures: Closures, at: number, openMs: number): number {
  let [end, leftMs] = [at, openMs]
  for (const { from, to } of closures.toReversed()) {
    // What never ends, or has always been, says nothing about dates.
    if (from >= end || !Number.isFinite(from) || !Number.isFinite(to)) continue
    const open = Math.max(0, end - to)
    if (open >= leftMs) break
    leftMs -= open
    end = from
  }
  return end - leftMs
}

/** Until when the window was open last before this moment. */
function lastOpenBefore(window: RotationWindow, at: number): number {
  let last = at - window.longestGapMs - window.forMs
  for (let opens = nextStart(window, last); opens < at; opens = nextStart(window, last))
    last = Math.max(last + 1, Math.min(at, nextClosing(window, opens)))
  return last
}

/**
 * The longest time in which no rotation can start because of closed times, with or without the window: from when on,
 * and what shuts it.
 */
export function longestShutMs({ window, closures = [] }: Omit<Hours, 'key'>): {
  ms: number
  from: number
  why: string
} {
  // The catch-up is another one for each key, and delays none of them for long.
  const plain = closures.map((one) => ({ ...one, catchUpMs: 0 }))
  let longest = { ms: 0, from: 0, why: '' }
  let shutUntil = Number.NEGATIVE_INFINITY
  for (const range of closures) {
    // What begins while it is shut anyway is part of the same time.
    if (!Number.isFinite(range.from) || range.from < shutUntil) continue
    const { at } = nextOpening({ key: '', window, closures: plain }, range.from)
    shutUntil = at
    const from = window ? lastOpenBefore(window, range.from) : range.from
    if (at - from > longest.ms) longest = { ms: at - from, from, why: range.why }
  }
  return longest
}

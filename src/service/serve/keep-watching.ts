/** Keeps something watched: starts the watch again when it breaks, after a pause that grows. */
import type { Clock } from '../../contracts/clock.ts'

const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** A watch that lasted so long was a good one. */
const GOOD_AFTER_MS = 60_000

/**
 * Watches until the signal aborts. `broken` is called each time the watch breaks: what happens until the next one is
 * missed. Throws nothing.
 */
export async function keepWatching(about: {
  watch: (signal: AbortSignal) => Promise<void>
  broken: (error: unknown) => void
  clock: Clock
  signal: AbortSignal
}): Promise<void> {
  const { clock, signal } = about
  let pauseMs = SHORTEST_PAUSE_MS
  while (!signal.aborted) {
    const startedAt = clock.monotonicMs()
    try {
      await about.watch(signal)
      if (signal.aborted) return
      about.broken(new Error('the watch ended'))
    } catch (error) {
      about.broken(error)
    }
    if (clock.monotonicMs() - startedAt >= GOOD_AFTER_MS) pauseMs = SHORTEST_PAUSE_MS
    await clock.sleep(pauseMs, signal)
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
  }
}

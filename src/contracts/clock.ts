/*
 * Time and chance, the two things that make a run differ from the next. compose.ts hands them to everything that needs
 * them, so that a test can hand out its own: then a run depends on its seed alone.
 */

/** All times and lengths are in milliseconds. */
export interface Clock {
  /** Milliseconds since 1970, for times that are recorded or shown. May jump in both directions. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, for lengths of time. Never set back. */
  monotonicMs(): number
  /**
   * Waits for this long; 0 waits for the next turn of the event loop. Resolves early when the signal aborts, and after
   * 24 days at the latest: a caller that waits for a moment looks at the clock again.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs once, this much later. Returns what cancels it. */
  after(ms: number, run: () => void): () => void
  /** Runs each time this much has passed, without keeping the process alive. Returns what ends it. */
  every(ms: number, run: () => void): () => void
}

/** Returns this many lower-case letters and digits, unpredictable and evenly spread: about five bits each. */
export type Random = (length: number) => string

/** What the outside gives everybody: time and chance. */
export interface Ambient {
  readonly clock: Clock
  readonly random: Random
}

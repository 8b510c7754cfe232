/*
 * Time and chance, the two things that make a run differ from the next. compose.ts hands them to everything that needs
 * them, so that a test can hand out its own: then a run depends on its seed alone.
 */

/** Readings of the clocks of a machine that nobody can set. Two of them compare only if `boot` is the same. */
export interface Uptime {
  /** Names this start of the machine and the time namespace of the process. */
  boot: string
  /** How long the machine has run, without the time that it was suspended. */
  runMs: number
  /** How long ago it started, with that time. Some container engines show the start of the container here. */
  upMs: number
}

/** All times and lengths are in milliseconds. */
export interface Clock {
  /** Milliseconds since 1970, for times that are recorded or shown. May jump in both directions. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, for lengths of time. Never set back; goes on while the machine is suspended. */
  monotonicMs(): number
  /** The steady clocks of this machine, which compare between processes too; null where the machine does not show them. */
  uptime(): Uptime | null
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

/** What the outside gives everybody: time, chance, and which processes are gone. */
export interface Ambient {
  readonly clock: Clock
  readonly random: Random
  /**
   * Whether the process that named itself so in a claim ran on this machine and is gone. False while it runs, and
   * whenever that cannot be told; absent: it never can.
   */
  readonly isProcessGone?: (holder: string) => boolean
}

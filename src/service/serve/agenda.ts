/** When each key is attended to next: what the records say, and how long a key is held back after it came to nothing. */
import type { Clock } from '../../contracts/clock.ts'

/** Shortest and longest pause before a key is attended to again that has just come to nothing. */
const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 900_000

interface Entry {
  /** Milliseconds since 1970; infinite: never by itself. */
  at: number
  /** Not before this, on the monotonic clock. */
  heldUntil: number
  /** How often in a row it came to nothing. */
  inVain: number
}

export class Agenda {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Sets when the key is due, so much later for this process than for others; infinite: it is left out. What is due
   * already is delayed once and not each time that it is set.
   */
  set(key: string, at: number, delayMs: number): void {
    const now = this.#clock.wallMs()
    const entry = this.#entries.get(key)
    const isWaiting = entry !== undefined && at <= now && entry.at <= now + delayMs
    const delayed = isWaiting ? entry.at : Math.max(at, now) + delayMs
    if (entry) entry.at = delayed
    else if (at !== Number.POSITIVE_INFINITY) this.#entries.set(key, { at: delayed, heldUntil: 0, inVain: 0 })
  }

  drop(key: string): void {
    this.#entries.delete(key)
  }

  get keys(): Iterable<string> {
    return this.#entries.keys()
  }

  isDue(key: string): boolean {
    return (this.#entries.get(key)?.at ?? Number.POSITIVE_INFINITY) <= this.#clock.wallMs()
  }

  /** Not before this much has passed, whatever the record says. */
  hold(key: string, ms: number): void {
    const entry = this.#entries.get(key)
    if (entry) entry.heldUntil = this.#clock.monotonicMs() + ms
  }

  /** It was attended to and nothing came of it: the pause doubles each time. `fraction` spreads it among processes. */
  holdInVain(key: string, fraction: number): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    const pauseMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(entry.inVain, 20))
    entry.inVain += 1
    entry.heldUntil = this.#clock.monotonicMs() + pauseMs * (1 + 0.2 * fraction)
  }

  /** Something came of it, or somebody has changed its record. */
  free(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    entry.heldUntil = 0
    entry.inVain = 0
  }

  /** Keys that are due now and not held back. */
  due(): string[] {
    const [wall, monotonic] = [this.#clock.wallMs(), this.#clock.monotonicMs()]
    return [...this.#entries].flatMap(([key, { at, heldUntil }]) =>
      at <= wall && heldUntil <= monotonic ? [key] : [],
    )
  }

  /** How long until the first key is due, leaving out these. */
  nextInMs(without: (key: string) => boolean): number {
    const [wall, monotonic] = [this.#clock.wallMs(), this.#clock.monotonicMs()]
    let next = Number.POSITIVE_INFINITY
    for (const [key, { at, heldUntil }] of this.#entries) {
      const inMs = Math.max(0, at - wall, heldUntil - monotonic)
      if (inMs < next && !without(key)) next = inMs
    }
    return next
  }
}

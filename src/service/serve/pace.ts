/** A pause that grows with each failure in a row. */
import type { Clock } from '../../contracts/clock.ts'

const SHORTEST_MS = 1_000
const LONGEST_MS = 60_000

export class Pace {
  readonly #clock: Clock
  #pauseMs = 0
  #until = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the pause still lasts, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#until - this.#clock.monotonicMs())
  }

  failed(): void {
    this.#pauseMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#pauseMs * 2))
    this.#until = this.#clock.monotonicMs() + this.#pauseMs
  }

  worked(): void {
    this.#pauseMs = 0
    this.#until = 0
  }
}

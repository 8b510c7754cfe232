/** How many reports of one sender are taken in a time: so many at once, and so many a second after that. */

export class Allowance {
  readonly #burst: number
  readonly #perMs: number
  #left: number
  #at: number

  /** `now`: as for `take`. */
  constructor({ burst, perSecond }: { burst: number; perSecond: number }, now: number) {
    this.#burst = burst
    this.#perMs = perSecond / 1_000
    this.#left = burst
    this.#at = now
  }

  /** `now`: milliseconds of a clock that is never set back. @returns whether one more is taken. */
  take(now: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}

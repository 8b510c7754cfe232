/** Sleeps until a moment or until it is woken; a wake-up that comes while nobody sleeps is not lost. */
import type { Clock } from '../../contracts/clock.ts'

export class Alarm {
  readonly #clock: Clock
  #isRung = false
  #sleeper: AbortController | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#isRung = true
    // A reason of ours spares the making of an error for each wake-up.
    this.#sleeper?.abort('woken')
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isRung) {
      this.#sleeper = new AbortController()
      await this.#clock.sleep(ms, this.#sleeper.signal)
      this.#sleeper = null
    }
    this.#isRung = false
  }
}

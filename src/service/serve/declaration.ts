/** Has the journal show the keys of the config, beside the work: it is for people, and no rotation waits for it. */
import { Pace } from './pace.ts'
import type { LiveSource, ServeListener } from './source.ts'

export class Declaration {
  readonly #source: LiveSource
  readonly #listener: ServeListener
  readonly #pace: Pace
  #isUnderWay = false
  #isMade = false

  constructor(source: LiveSource, listener: ServeListener) {
    this.#source = source
    this.#listener = listener
    this.#pace = new Pace(source.context.clock)
  }

  /** The config has changed. */
  renew(): void {
    this.#isMade = false
  }

  /** Begins it unless it is made; one that failed is tried again after a pause. */
  make(): void {
    if (this.#isMade || this.#isUnderWay || this.#pace.restMs > 0) return
    this.#isUnderWay = true
    this.#isMade = true
    void this.#declare()
  }

  async #declare(): Promise<void> {
    const { keys, journal } = this.#source.context
    try {
      await journal.declare?.([...keys.values()])
      this.#pace.worked()
    } catch (error) {
      this.#isMade = false
      this.#pace.failed()
      this.#listener.failed?.('serve', error)
    }
    this.#isUnderWay = false
  }
}

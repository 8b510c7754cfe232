/** Calls the chores while the process serves: at their moments, and when a document that they look at has changed. */
import type { Clock } from '../../contracts/clock.ts'
import type { Chore } from '../chores.ts'
import type { Context } from '../context.ts'
import { Pace } from './pace.ts'

interface Standing {
  readonly chore: Chore
  readonly pace: Pace
  /** Milliseconds since 1970; infinite: only when something has changed. */
  at: number
  running: Promise<void> | null
  /** It was rung while it worked. */
  isRung: boolean
}

export interface ChoresAbout {
  readonly chores: readonly Chore[]
  readonly clock: Clock
  context(): Context
  failed(name: string, error: unknown): void
  /** One of them has ended, so that the time of the next one is known. */
  ended(): void
}

export class Chores {
  readonly #about: ChoresAbout
  readonly #all: Standing[]

  constructor(about: ChoresAbout) {
    this.#about = about
    this.#all = about.chores.map((chore) => ({
      chore,
      pace: new Pace(about.clock),
      at: 0,
      running: null,
      isRung: false,
    }))
  }

  /** Calls each one that looks at documents of this kind; null: every one. */
  ring(kind: string | null): void {
    for (const one of this.#all) {
      if (kind !== null && !one.chore.kinds?.includes(kind)) continue
      if (one.running) one.isRung = true
      else one.at = 0
    }
  }

  /** Begins those whose time has come, beside each other; one that still works is not called a second time. */
  takeUp(): void {
    const now = this.#about.clock.wallMs()
    for (const one of this.#all)
      if (!one.running && one.at <= now && one.pace.restMs <= 0) one.running = this.#work(one)
  }

  nextInMs(): number {
    const now = this.#about.clock.wallMs()
    return Math.min(
      ...this.#all.map((one) =>
        one.running ? Number.POSITIVE_INFINITY : Math.max(one.at - now, one.pace.restMs),
      ),
      Number.POSITIVE_INFINITY,
    )
  }

  /** Waits for those that still work, which the context's `stop` has told to end; so long at most. */
  async end(graceMs: number): Promise<void> {
    const over = new AbortController()
    await Promise.race([
      Promise.all(this.#all.map(({ running }) => running)),
      this.#about.clock.sleep(graceMs, over.signal),
    ])
    over.abort()
  }

  async #work(one: Standing): Promise<void> {
    try {
      const at = await one.chore.work(this.#about.context())
      one.at = at ?? Number.POSITIVE_INFINITY
      one.pace.worked()
    } catch (error) {
      one.at = 0
      one.pace.failed()
      this.#about.failed(one.chore.name, error)
    }
    if (one.isRung) one.at = 0
    one.isRung = false
    one.running = null
    this.#about.ended()
  }
}

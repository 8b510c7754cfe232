/** Calls the chores while the process serves: at their moments, and when a document that they look at has changed. */
import type { Clock } from '../../contracts/clock.ts'
import type { Chore } from '../chores.ts'
import type { Context } from '../context.ts'
import { WAIT_MS } from './errands.ts'
import { Jumps } from './jumps.ts'
import { Pace } from './pace.ts'

/** A chore that rings itself, by a document that it writes, or wants to be called at once again and again, is not called more often. */
const SHORTEST_REST_MS = 250

interface Standing {
  readonly chore: Chore
  readonly pace: Pace
  /** Milliseconds since 1970; infinite: only when something has changed. */
  at: number
  running: Promise<void> | null
  /** It was rung while it worked. */
  isRung: boolean
  /** On the monotonic clock. */
  notBefore: number
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
  readonly #jumps: Jumps
  /** Ends what works by a config that was replaced. */
  #replaced = new AbortController()

  constructor(about: ChoresAbout) {
    this.#about = about
    this.#jumps = new Jumps(about.clock)
    this.#all = about.chores.map((chore) => ({
      chore,
      pace: new Pace(about.clock),
      at: 0,
      running: null,
      isRung: false,
      notBefore: 0,
    }))
  }

  /** Calls each one that looks at documents of this kind; null: of any kind. */
  ring(kind: string | null): void {
    for (const one of this.#all)
      if (one.chore.kinds && (kind === null || one.chore.kinds.includes(kind))) call(one)
  }

  /** Begins those whose time has come, beside each other; one that still works is not called a second time. */
  takeUp(): void {
    // Their moments are times of before.
    if (this.#jumps.take()) this.#all.forEach(call)
    const now = this.#about.clock.wallMs()
    for (const one of this.#all)
      if (!one.running && one.at <= now && this.#restMs(one) <= 0) one.running = this.#work(one)
  }

  /**
   * The config is another one: whoever works by the former ends as if the process stopped, and is called again. Resolves
   * when nobody does any more.
   */
  async renew(): Promise<void> {
    this.#replaced.abort()
    this.#replaced = new AbortController()
    this.#all.forEach(call)
    await Promise.all(this.#all.map(({ running }) => running))
  }

  nextInMs(): number {
    const now = this.#about.clock.wallMs()
    return Math.min(
      ...this.#all.map((one) =>
        one.running ? Number.POSITIVE_INFINITY : Math.max(one.at - now, this.#restMs(one)),
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

  #restMs({ pace, notBefore }: Standing): number {
    return Math.max(pace.restMs, notBefore - this.#about.clock.monotonicMs())
  }

  async #work(one: Standing): Promise<void> {
    try {
      // One that rotates keys waits for them as long as the process itself does.
      const context = this.#about.context()
      const stop = AbortSignal.any([context.stop, this.#replaced.signal])
      const at = await one.chore.work({ ...context, stop, waitMs: WAIT_MS })
      if (Number.isNaN(at)) throw new TypeError('the next moment is no number')
      one.at = at ?? Number.POSITIVE_INFINITY
      one.pace.worked()
    } catch (error) {
      one.at = 0
      one.pace.failed()
      this.#about.failed(one.chore.name, error)
    }
    one.notBefore = this.#about.clock.monotonicMs() + SHORTEST_REST_MS
    if (one.isRung) one.at = 0
    one.isRung = false
    one.running = null
    this.#about.ended()
  }
}

/** One that still works is called again after that. */
function call(one: Standing): void {
  if (one.running) one.isRung = true
  else one.at = 0
}

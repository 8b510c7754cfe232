/** Works on keys: so many at the same time for each issuer with its stores, the most urgent first, each key once. */

/** One key that is worked on, or waits for its turn. */
export interface Job {
  readonly key: string
  /** Keys of the same lane share its workers: those of an issuer that is down hold up no others. */
  readonly lane: string
  /** A leaked key waits for no worker. */
  readonly isUrgent: boolean
  /** Lower ones go first; equal ones in the order in which they came. */
  readonly order: number
  run(): Promise<void>
}

interface Lane {
  working: number
  waiting: Job[]
}

export class Crew {
  readonly #lanes = new Map<string, Lane>()
  /** Every key that waits or is worked on. */
  readonly #jobs = new Map<string, Promise<void> | null>()
  readonly #workers: (lane: string) => number
  readonly #ended: (key: string) => void

  /** `ended` is called after each job, whatever came of it; a job never throws. */
  constructor(about: { workers: (lane: string) => number; ended: (key: string) => void }) {
    this.#workers = about.workers
    this.#ended = about.ended
  }

  has(key: string): boolean {
    return this.#jobs.has(key)
  }

  get busy(): ReadonlySet<string> {
    return new Set(this.#jobs.keys())
  }

  add(job: Job): void {
    if (this.has(job.key)) return
    this.#jobs.set(job.key, null)
    const lane = this.#lanes.get(job.lane) ?? { working: 0, waiting: [] }
    this.#lanes.set(job.lane, lane)
    const before = lane.waiting.findLastIndex((one) => one.order <= job.order)
    lane.waiting.splice(before + 1, 0, job)
    this.#startIn(job.lane, lane)
  }

  /** Nothing more is taken up; what is under way goes on. */
  dropWaiting(): void {
    for (const [name, lane] of this.#lanes) {
      for (const { key } of lane.waiting) this.#jobs.delete(key)
      lane.waiting = []
      if (lane.working === 0) this.#lanes.delete(name)
    }
  }

  /** Keys that are worked on now. */
  get working(): string[] {
    return [...this.#jobs].flatMap(([key, job]) => (job ? [key] : []))
  }

  /** Resolves when everything that is under way now has ended; what is taken up later does not count. */
  async settled(): Promise<void> {
    await Promise.all(this.#jobs.values())
  }

  #startIn(name: string, lane: Lane): void {
    for (;;) {
      const next = lane.waiting[0]
      if (!next || (lane.working >= this.#workers(name) && !next.isUrgent)) break
      lane.waiting.shift()
      lane.working += 1
      this.#jobs.set(next.key, this.#work(next, name, lane))
    }
    if (lane.working === 0 && lane.waiting.length === 0) this.#lanes.delete(name)
  }

  async #work(job: Job, name: string, lane: Lane): Promise<void> {
    await job.run()
    lane.working -= 1
    this.#jobs.delete(job.key)
    this.#startIn(name, lane)
    this.#ended(job.key)
  }
}

/** Which other members still give signs of life, by the clock of this process alone. */
import type { Clock } from '../contracts/clock.ts'
import type { Ledger } from './ledger.ts'

/** A sign of life that stands still for so long: whoever gave it has stopped using its part before. */
const GONE_MS = 15_000

export class Sights {
  readonly #clock: Clock
  readonly #isProcessGone: ((id: string) => boolean) | undefined
  readonly #seen = new Map<string, { beat: number; sinceMs: number }>()

  constructor(clock: Clock, isProcessGone?: (id: string) => boolean) {
    this.#clock = clock
    this.#isProcessGone = isProcessGone
  }

  look({ members }: Ledger, self: string): void {
    const sinceMs = this.#clock.monotonicMs()
    for (const [id, { beat }] of Object.entries(members)) {
      if (id !== self && this.#seen.get(id)?.beat !== beat) this.#seen.set(id, { beat, sinceMs })
    }
    for (const id of this.#seen.keys()) if (!members[id]) this.#seen.delete(id)
  }

  /** Members that are gone, and at which sign of life. */
  gone(): ReadonlyMap<string, number> {
    const now = this.#clock.monotonicMs()
    const gone = [...this.#seen].filter(
      ([id, { sinceMs }]) => now - sinceMs >= GONE_MS || this.#isProcessGone?.(id) === true,
    )
    return new Map(gone.map(([id, { beat }]) => [id, beat]))
  }
}

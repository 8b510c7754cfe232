/** How many calls this process asks for: for its part of a budget, and for a guess where no limit is known. */
import type { Clock } from '../contracts/clock.ts'
import type { Bucket } from './bucket.ts'
import type { Wish } from './share-out.ts'

const SLOT_MS = 1_000
const SLOTS = 10
/** A little more than what was asked for lately, so that a part can grow with it. */
const MORE = 1.25

export class Demand {
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #slots: number[] = new Array(SLOTS).fill(0)
  #slot = 0
  #asked = 0
  #urgent = 0
  #takenAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = clock.monotonicMs()
    this.#takenAt = this.#startedAt
  }

  add(calls: number, isUrgent: boolean): void {
    this.#turn()
    this.#slots[this.#slot % SLOTS] = (this.#slots[this.#slot % SLOTS] ?? 0) + calls
    this.#asked += calls
    if (isUrgent) this.#urgent += calls
  }

  /** Calls in a second over the last ten. */
  recentPerSecond(): number {
    this.#turn()
    const overMs = Math.min(SLOTS * SLOT_MS, this.#clock.monotonicMs() - this.#startedAt)
    return (this.#slots.reduce((all, one) => all + one, 0) * 1_000) / Math.max(SLOT_MS, overMs)
  }

  /** The part of a budget that is wanted, by what was asked for since the last time and by what waits. */
  take(bucket: Bucket, { rate, withinMs }: { rate: number; withinMs: number }): Wish {
    const now = this.#clock.monotonicMs()
    const overMs = Math.max(SLOT_MS, now - this.#takenAt)
    const wish = (asked: number, waiting: number) =>
      Math.min(1, (((asked * MORE) / overMs + waiting / withinMs) * 1_000) / Math.max(rate, 1e-9))
    const wanted = {
      wants: wish(this.#asked, bucket.waiting),
      urgent: wish(this.#urgent, bucket.waitingUrgent),
    }
    this.#asked = 0
    this.#urgent = 0
    this.#takenAt = now
    return wanted
  }

  #turn(): void {
    const slot = Math.floor((this.#clock.monotonicMs() - this.#startedAt) / SLOT_MS)
    for (let turned = 0; this.#slot < slot && turned < SLOTS; turned += 1) {
      this.#slot += 1
      this.#slots[this.#slot % SLOTS] = 0
    }
    if (this.#slot < slot) {
      this.#slots.fill(0)
      this.#slot = slot
    }
  }
}

/** The calls of this process on one budget: a token bucket by its own clock, and those who wait, urgent ones first. */
import type { Clock } from '../contracts/clock.ts'

interface Waiter {
  readonly calls: number
  readonly wake: (isTurn: boolean) => void
}

/** A bucket holds what comes in so long, and at least one call. */
const HOLD_MS = 50
/** Urgent calls are paid afterwards, up to what comes in so long. */
const URGENT_DEBT_MS = 500
const URGENT_PAUSE_MS = 5_000
/** A call goes when there is anything left, and may take more than that: then the next one waits the longer. */
const MIN_TOKENS = 1e-6

export class Bucket {
  readonly #clock: Clock
  readonly #urgent = new Set<Waiter>()
  readonly #others = new Set<Waiter>()
  #perSecond: number
  #holds: number
  #tokens: number
  #filledAt: number
  #closedUntil = 0
  #urgentClosedUntil = 0
  #cancel: (() => void) | undefined

  /** `perSecond` may be infinite; `holds`: what is in it at first, and at the most. */
  constructor(clock: Clock, perSecond: number, holds: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#holds = holds
    this.#tokens = holds
    this.#filledAt = clock.monotonicMs()
  }

  get waiting(): number {
    return this.#urgent.size + this.#others.size
  }

  get waitingUrgent(): number {
    return this.#urgent.size
  }

  get perSecond(): number {
    return this.#perSecond
  }

  setRate(perSecond: number, holds = Math.max(1, (perSecond * HOLD_MS) / 1_000)): void {
    this.#fill()
    this.#perSecond = perSecond
    this.#holds = holds
    this.#tokens = Math.min(this.#tokens, holds)
    this.#serve()
  }

  /** Nothing is let through for so long; urgent calls try again after five seconds at the latest. */
  pause(ms: number): void {
    const now = this.#clock.monotonicMs()
    this.#closedUntil = Math.max(this.#closedUntil, now + ms)
    this.#urgentClosedUntil = Math.max(this.#urgentClosedUntil, now + Math.min(ms, URGENT_PAUSE_MS))
  }

  /** What was sent beyond what was taken, or less than that. */
  pay(calls: number): void {
    this.#fill()
    if (Number.isFinite(this.#perSecond)) this.#tokens = Math.min(this.#holds, this.#tokens - calls)
    if (calls < 0) this.#serve()
  }

  /** Whether a call would have to wait. */
  isEmpty(isUrgent: boolean): boolean {
    this.#fill()
    return this.#restMs(isUrgent) > 0 || (isUrgent ? this.#urgent.size : this.waiting) > 0
  }

  /** Waits for so many calls; false: not within that time. */
  take(calls: number, { isUrgent, waitMs }: { isUrgent: boolean; waitMs: number }): Promise<boolean> {
    if (!this.isEmpty(isUrgent)) {
      this.#tokens -= this.#perSecond === Number.POSITIVE_INFINITY ? 0 : calls
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const queue = isUrgent ? this.#urgent : this.#others
      const stop = this.#clock.after(waitMs, () => waiter.wake(false))
      const waiter: Waiter = {
        calls,
        wake: (isTurn) => {
          stop()
          queue.delete(waiter)
          resolve(isTurn)
        },
      }
      queue.add(waiter)
      this.#serve()
    })
  }

  /** Nobody who waits gets a turn. */
  refuseWaiting(): void {
    for (const waiter of [...this.#urgent, ...this.#others]) waiter.wake(false)
    this.#cancel?.()
  }

  #fill(): void {
    const now = this.#clock.monotonicMs()
    if (Number.isFinite(this.#perSecond)) {
      const came = ((now - this.#filledAt) * this.#perSecond) / 1_000
      this.#tokens = Math.min(this.#holds, this.#tokens + came)
    } else this.#tokens = 1
    this.#filledAt = now
  }

  /** How long until the first in line may go. */
  #restMs(isUrgent: boolean): number {
    const openAt = isUrgent ? this.#urgentClosedUntil : this.#closedUntil
    const pauseMs = openAt - this.#clock.monotonicMs()
    if (!Number.isFinite(this.#perSecond)) return Math.max(0, pauseMs)
    const debt = isUrgent ? Math.max(1, (this.#perSecond * URGENT_DEBT_MS) / 1_000) : 0
    const lacking = MIN_TOKENS - debt - this.#tokens
    return Math.max(0, pauseMs, lacking <= 0 ? 0 : (lacking * 1_000) / this.#perSecond)
  }

  #serve(): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (;;) {
      this.#fill()
      const [urgent] = this.#urgent
      const [other] = this.#others
      const next = urgent ?? other
      if (!next) return
      const restMs = this.#restMs(urgent !== undefined)
      if (restMs > 0) {
        this.#cancel = this.#clock.after(Math.max(1, Math.min(restMs, 60_000)), () => this.#serve())
        return
      }
      if (Number.isFinite(this.#perSecond)) this.#tokens -= next.calls
      next.wake(true)
    }
  }
}

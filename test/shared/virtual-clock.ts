/*
 * A clock that a test owns. Nobody waits: whenever everything is idle, that is when every promise that can settle has
 * settled, it jumps to the next moment somebody sleeps for. So a run takes no time, and depends on no machine.
 *
 * It is right for code that waits for this clock alone. What waits for a socket or a process would see time run away.
 */
import type { Clock, Uptime } from '../../src/contracts/clock.ts'

interface Timer {
  at: number
  /** Timers of one moment fire in the order in which they were set. */
  order: number
  run: () => void
  /** A repeated timer moves time only while somebody else sleeps too, as it keeps no process alive. */
  everyMs?: number
}

export class VirtualClock implements Clock {
  #wall: number
  #monotonic = 0
  #suspendedMs = 0
  #jumpedMs = 0
  #boot = 1
  #timers: Timer[] = []
  #set = 0
  #isTurning = false

  constructor(startAt: number = Date.UTC(2026, 10, 22)) {
    this.#wall = startAt
  }

  wallMs = (): number => this.#wall

  monotonicMs = (): number => this.#monotonic

  uptime = (): Uptime => ({
    boot: `boot-${this.#boot}`,
    runMs: this.#monotonic - this.#suspendedMs,
    upMs: this.#monotonic,
  })

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = this.after(ms, wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#monotonic + Math.max(0, ms), run })
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#monotonic + ms, run, everyMs: ms })
  }

  /** Time passes at once, for everybody: what should have happened meanwhile happens late, as after a standstill. */
  pass(ms: number): void {
    this.#monotonic += ms
    this.#wall += ms
  }

  /** The machine is suspended this long: the clock that counts only running time stands still. */
  suspend(ms: number): void {
    this.pass(ms)
    this.#suspendedMs += ms
  }

  /** The machine starts anew: steady clocks no longer compare with what they were. */
  reboot(): void {
    this.#boot += 1
  }

  /** The same time as another machine shows it, whose clock nobody sets. */
  elsewhere(): Clock {
    return {
      wallMs: () => this.#wall - this.#jumpedMs,
      monotonicMs: this.monotonicMs,
      uptime: this.uptime,
      sleep: (ms, signal) => this.sleep(ms, signal),
      after: (ms, run) => this.after(ms, run),
      every: (ms, run) => this.every(ms, run),
    }
  }

  /** Somebody sets the clock: only the wall moves. */
  jump(ms: number): void {
    this.#wall += ms
    this.#jumpedMs += ms
  }

  #add(about: Omit<Timer, 'order'>): () => void {
    const timer = { ...about, order: ++this.#set }
    this.#timers.push(timer)
    this.#keepTurning()
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** A turn of the event loop comes when every promise that can settle has: then it is the next timer's turn. */
  #keepTurning(): void {
    if (this.#isTurning || !this.#timers.some(({ everyMs }) => everyMs === undefined)) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      this.#fireNext()
      this.#keepTurning()
    })
  }

  #fireNext(): void {
    // Whoever slept may have been woken since.
    if (!this.#timers.some(({ everyMs }) => everyMs === undefined)) return
    const next = this.#timers.reduce((one, other) => (isEarlier(other, one) ? other : one))
    const ahead = next.at - this.#monotonic
    if (ahead > 0) this.pass(ahead)
    if (next.everyMs === undefined) this.#timers = this.#timers.filter((timer) => timer !== next)
    else {
      next.at = Math.max(next.at + next.everyMs, this.#monotonic)
      next.order = ++this.#set
    }
    next.run()
  }
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

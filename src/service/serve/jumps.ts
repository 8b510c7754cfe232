/** Notices that the wall clock was set, or that the machine was suspended. */
import type { Clock } from '../../contracts/clock.ts'

/** How far wall and monotonic clock may drift apart between two turns before it counts as a jump. */
const JUMP_MS = 5_000

export class Jumps {
  readonly #clock: Clock
  /** Wall clock against the monotonic one, at the last turn. */
  #asideMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#asideMs = clock.wallMs() - clock.monotonicMs()
  }

  /** Whether it jumped since this was asked last. */
  take(): boolean {
    const before = this.#asideMs
    this.#asideMs = this.#clock.wallMs() - this.#clock.monotonicMs()
    return Math.abs(this.#asideMs - before) > JUMP_MS
  }
}

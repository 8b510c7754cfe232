/** How the process is: whether its loop turns, and whether it can do its work. */
import type { Clock } from '../../contracts/clock.ts'

/** The loop turns at least once a minute; three missed turns are no delay any more. */
const TURN_LIMIT_MS = 180_000

export interface Verdict {
  isGood: boolean
  /** One plain line. */
  why: string
}

export class Health {
  readonly #clock: Clock
  #turnedAt: number
  #isRead = false
  #isStopping = false
  #journal: { why: string; since: number } | null = null
  #config: string | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnedAt = clock.monotonicMs()
  }

  /** The loop has turned; `isRead`: the records are known. */
  turned(isRead: boolean): void {
    this.#turnedAt = this.#clock.monotonicMs()
    this.#isRead ||= isRead
  }

  stopping(): void {
    this.#isStopping = true
  }

  /** The journal has failed, or works: null. @returns whether that is news. */
  setJournal(why: string | null): boolean {
    const isNews = (this.#journal === null) !== (why === null)
    if (why === null) this.#journal = null
    else this.#journal = { why, since: this.#journal?.since ?? this.#clock.wallMs() }
    return isNews
  }

  /** The config that was read last was refused, or taken: null. */
  setConfig(why: string | null): void {
    this.#config = why
  }

  get isJournalDown(): boolean {
    return this.#journal !== null
  }

  /** Whether the loop turns; without it nothing but a new start helps. */
  alive(): Verdict {
    const agoMs = this.#clock.monotonicMs() - this.#turnedAt
    if (agoMs <= TURN_LIMIT_MS) return { isGood: true, why: 'ok' }
    return { isGood: false, why: `the loop has not turned for ${Math.round(agoMs / 1_000)} s` }
  }

  /** Whether it can do its work. */
  ready(): Verdict {
    const why = this.#findTrouble()
    return why === null ? { isGood: true, why: 'ready' } : { isGood: false, why }
  }

  #findTrouble(): string | null {
    if (this.#isStopping) return 'stopping'
    const alive = this.alive()
    if (!alive.isGood) return alive.why
    if (this.#journal !== null)
      return `the journal cannot be reached since ${new Date(this.#journal.since).toISOString()}: ${this.#journal.why}`
    if (!this.#isRead) return 'starting: the journal is being read'
    return this.#config === null ? null : `the changed config is refused, the old one stays: ${this.#config}`
  }
}

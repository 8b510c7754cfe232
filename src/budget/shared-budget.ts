/*
 * This process's part of one budget. As long as it needs little it asks nobody: a small part of every budget is for that.
 * Beyond it, it becomes a member and writes a sign of life every few seconds, however many calls there are.
 */
import type { BudgetState } from '../contracts/budget.ts'
import type { Clock, Random } from '../contracts/clock.ts'
import type { DocumentId, Documents } from '../contracts/documents.ts'
import { JournalError } from '../contracts/errors.ts'
import { changeOrRenew } from '../engine/change-document.ts'
import { Bucket } from './bucket.ts'
import { Demand } from './demand.ts'
import { type About, type Ledger, leave, readLedger, type Signal, signal } from './ledger.ts'
import { quietOf } from './quiet.ts'
import { Sights } from './sights.ts'

/** Services count more coarsely than we do. */
const USED = 0.98

const BEAT_MS = 3_000
/** How long a part is used after the last sign of life that was surely written. */
const VALID_MS = 9_000
/** A member that needs no more than a quiet one for so long leaves. */
const LEAVE_MS = 10_000
/** Between two cuts, so that the first one can show. */
const CUT_PAUSE_MS = 1_000
const MOST_PAUSE_MS = 60_000
const CLOSE_MS = 1_000

export interface SharedAbout extends About {
  readonly documents: Documents
  readonly clock: Clock
  readonly random: Random
  /** Names this process among the members. */
  readonly id: string
  readonly document: DocumentId
  readonly isProcessGone?: (id: string) => boolean
}

export class SharedBudget {
  #about: SharedAbout
  readonly #bucket: Bucket
  readonly #demand: Demand
  #ledger: Ledger | null = null
  #isMember = false
  #validUntil = 0
  #cutAgainAt = 0
  #beatAt = 0
  #busyAt = 0
  #wasFull = false
  #refused: Signal['refused'] = null
  /** Refused while a sign of life was under way, which did not say so. */
  #isRefusedAgain = false
  #beating: Promise<void> | undefined
  #endBeats: (() => void) | undefined
  #problem: string | null = null
  #isClosed = false
  #isLeaving = false
  readonly #sights: Sights

  constructor(about: SharedAbout) {
    this.#about = about
    this.#demand = new Demand(about.clock)
    this.#sights = new Sights(about.clock, about.isProcessGone)
    const { perSecond, holds } = quietOf(about.limit)
    this.#bucket = new Bucket(about.clock, perSecond, holds)
  }

  get state(): BudgetState {
    const { account, class: name, limit } = this.#about
    const own = this.#bucket.perSecond
    const isShared = this.#isMember && this.#ledger !== null
    return {
      ...{ account, class: name },
      perSecond: isShared ? (this.#ledger?.rate ?? null) : limit,
      limitPerSecond: isShared ? (this.#ledger?.limit ?? null) : limit,
      ownPerSecond: Number.isFinite(own) ? own : null,
      waiting: this.#bucket.waiting,
      problem: this.#problem,
    }
  }

  /** The config may change while the process runs. */
  setLimit(limit: number | null): void {
    if (limit === this.#about.limit) return
    this.#about = { ...this.#about, limit }
    const { perSecond, holds } = quietOf(this.#about.limit)
    if (!this.#isMember) this.#bucket.setRate(perSecond, holds)
  }

  /** How often the budget had been cut when a call was sent; null: it was no member's. */
  get cuts(): number | null {
    return this.#isMember ? (this.#ledger?.cuts ?? null) : null
  }

  /** Waits for so many calls; false: not within that time. */
  async take(calls: number, by: { isUrgent: boolean; waitMs: number }): Promise<boolean> {
    this.#lapse()
    this.#demand.add(calls, by.isUrgent)
    if (this.#bucket.isEmpty(by.isUrgent)) {
      this.#wasFull = true
      this.#busyAt = this.#about.clock.monotonicMs()
      if (!this.#isMember) this.#beat()
    }
    return await this.#bucket.take(calls, by)
  }

  pay(calls: number): void {
    this.#bucket.pay(calls)
  }

  /** The service refused a call because there were too many. `cuts`: as they were when it was sent. */
  refuse(cuts: number | null, retryAfterMs: number): void {
    const now = this.#about.clock.monotonicMs()
    const pauseMs = Math.min(retryAfterMs, MOST_PAUSE_MS)
    this.#bucket.pause(pauseMs)
    if (now < this.#cutAgainAt || cuts !== this.cuts) return
    this.#cutAgainAt = now + Math.max(CUT_PAUSE_MS, pauseMs)
    this.#busyAt = now
    this.#refused = { cuts, pauseMs, guess: this.#demand.recentPerSecond() }
    if (Number.isFinite(this.#bucket.perSecond)) this.#bucket.setRate(this.#bucket.perSecond / 2)
    this.#beat()
  }

  /** Nobody who waits gets a turn: the process stops. */
  refuseWaiting(): void {
    this.#bucket.refuseWaiting()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#endBeats?.()
    this.#bucket.refuseWaiting()
    const ended = new AbortController()
    await Promise.race([this.#leave(), this.#about.clock.sleep(CLOSE_MS, ended.signal)])
    ended.abort()
  }

  /** One sign of life at a time; what happens meanwhile goes into the next one. */
  #beat(): void {
    if (this.#beating || this.#isLeaving || this.#isClosed) return
    this.#endBeats ??= this.#about.clock.every(BEAT_MS, () => this.#tick())
    this.#beating = this.#signal()
      .then(() => {
        this.#problem = null
      })
      .catch((error: unknown) => {
        // Nothing is lost by it: the part lapses by itself, and the next sign of life says what this one did not.
        this.#problem = describe(error)
      })
      .finally(() => {
        this.#beating = undefined
        if (!this.#isRefusedAgain) return
        this.#isRefusedAgain = false
        this.#beat()
      })
  }

  #tick(): void {
    this.#lapse()
    const { clock, limit } = this.#about
    const isIdle = clock.monotonicMs() - this.#busyAt > LEAVE_MS && this.#bucket.waiting === 0
    const isFree = limit === null && this.#ledger !== null && this.#ledger.rate >= this.#ledger.limit
    const isQuiet = isIdle && (limit === null || this.#demand.recentPerSecond() <= quietOf(limit).perSecond)
    if (isFree || isQuiet) void this.#leave()
    else this.#beat()
  }

  /** The part is not used any longer once others may take this process for gone. */
  #lapse(): void {
    if (!this.#isMember || this.#about.clock.monotonicMs() < this.#validUntil) return
    this.#use(0)
  }

  /** Sends at the rate of this part of the whole. */
  #use(share: number): void {
    const rate = this.#ledger?.rate ?? 0
    const quiet = quietOf(Math.min(rate, this.#about.limit ?? rate)).perSecond
    this.#bucket.setRate(Math.max(share * rate * USED, quiet))
  }

  async #signal(): Promise<void> {
    const { documents, clock, random, document, id } = this.#about
    const startedAt = clock.monotonicMs()
    const refused = this.#refused
    const by = this.#describe(startedAt, refused)
    const written = await changeOrRenew<unknown>({ documents, clock, random }, document, (found) => {
      const next = signal(readLedger(found), this.#about, by)
      // Less from now on, more only once it is written.
      const perSecond = (next.members[id]?.share ?? 0) * next.rate * USED
      if (this.#isMember && perSecond < this.#bucket.perSecond) this.#bucket.setRate(perSecond)
      return next
    })
    this.#adopt(readLedger(written), startedAt)
    if (this.#refused === refused) this.#refused = null
    else this.#isRefusedAgain = true
  }

  #describe(startedAt: number, refused: Signal['refused']): Signal {
    const { clock, id } = this.#about
    const sinceMs = this.#beatAt === 0 ? 0 : Math.min(startedAt - this.#beatAt, VALID_MS)
    const rate = this.#ledger?.rate ?? this.#about.limit ?? 1
    const wish = this.#demand.take(this.#bucket, { rate, withinMs: BEAT_MS })
    const usedForMs = this.#wasFull ? sinceMs : 0
    this.#wasFull = this.#bucket.waiting > 0
    this.#beatAt = startedAt
    return { id, ...wish, gone: this.#sights.gone(), usedForMs, refused, wallMs: clock.wallMs() }
  }

  #adopt(ledger: Ledger | null, startedAt: number): void {
    const { clock, id } = this.#about
    const mine = ledger?.members[id]
    if (!ledger || !mine || this.#isClosed) return
    const now = clock.monotonicMs()
    if (this.#isMember && ledger.cuts !== this.#ledger?.cuts) {
      this.#cutAgainAt = Math.max(this.#cutAgainAt, now + CUT_PAUSE_MS)
      this.#bucket.pause(Math.min(ledger.pauseMs, MOST_PAUSE_MS))
    }
    this.#ledger = ledger
    this.#isMember = true
    this.#validUntil = startedAt + VALID_MS
    this.#sights.look(ledger, id)
    if (now < this.#validUntil) this.#use(mine.share)
  }

  async #leave(): Promise<void> {
    if (!this.#isMember || this.#isLeaving) return
    this.#isLeaving = true
    this.#endBeats?.()
    this.#endBeats = undefined
    await this.#beating
    this.#isMember = false
    const { documents, clock, random, document, id } = this.#about
    const { perSecond, holds } = quietOf(this.#about.limit)
    this.#bucket.setRate(perSecond, holds)
    try {
      await changeOrRenew<unknown>({ documents, clock, random }, document, (found) => {
        const ledger = readLedger(found)
        return ledger === null ? undefined : leave(ledger, id)
      })
    } catch (error) {
      // Others take it for gone after a while.
      this.#problem = describe(error)
    }
    this.#isLeaving = false
    if (this.#bucket.waiting > 0) this.#beat()
  }
}

/** The text of an error that is not ours may hold anything. */
function describe(error: unknown): string {
  return error instanceof JournalError ? error.message : 'unexpected error'
}

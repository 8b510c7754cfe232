/** The claim on one key: taken, renewed, committed under, and let go. */
import type { Clock, Uptime } from '../contracts/clock.ts'
import { JournalError, LeaseOverError } from '../contracts/errors.ts'
import type { AuditEntry, Claim, CommitRequest, Journal, Receipt, Snapshot } from '../contracts/journal.ts'
import { type KeyRecord, newRecord } from '../contracts/record.ts'
import { beyond } from './beyond.ts'

/** How far wall and monotonic clock may drift apart, beyond what slow responses explain, before it counts as a jump. */
const JUMP_MS = 5_000
/** Shortest and longest pause before a commit without a response is looked up. */
const LOOK_AGAIN_MIN_MS = 20
const LOOK_AGAIN_MAX_MS = 1_000

/**
 * One claim on one key: its record, its lease (renewed at a third of its length) and the journal's time. Every
 * change of the record goes through `commit`; a commit whose response is lost is looked up before anything is done.
 */
export class ClaimedKey {
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #leaseMs: number
  #claim: Claim
  /** When the journal's last response came, on the monotonic clock. */
  #receivedAt: number
  /** How long that response took: the journal's time may be this far ahead of ours. */
  #behindMs: number
  #leaseEndsAt: number
  readonly #endRenewal: () => void
  #renewing = false
  #lost: JournalError | null = null
  #jumpMs = 0
  #released = false

  /** `askedAt`: when the claim was asked for, on the monotonic clock. */
  constructor(
    by: { journal: Journal; clock: Clock; leaseMs: number },
    claim: Claim,
    askedAt = by.clock.monotonicMs(),
  ) {
    this.#journal = by.journal
    this.#clock = by.clock
    this.#claim = claim
    this.#leaseMs = by.leaseMs
    this.#receivedAt = by.clock.monotonicMs()
    this.#behindMs = this.#receivedAt - askedAt
    this.#leaseEndsAt = askedAt + (claim.leaseUntil - claim.now)
    this.#endRenewal = by.clock.every(by.leaseMs / 3, () => void this.#renew())
  }

  get record(): KeyRecord | null {
    return this.#claim.record
  }

  /** The record, or a new one: marks go on after those of a record of this name that was forgotten. */
  async recordOr(installation: string): Promise<KeyRecord> {
    const { key, record } = this.#claim
    if (record) return structuredClone(record)
    const forgotten = await this.#journal.finished(keptAs(key))
    const lastMark = forgotten?.installation === installation ? forgotten.lastMark : 0
    return { ...newRecord(key, installation), lastMark }
  }

  /** The journal's time, carried on by the monotonic clock since its last response. */
  now(): number {
    return Math.round(this.#claim.now + (this.#clock.monotonicMs() - this.#receivedAt))
  }

  /** The latest end of a lease that a commit at this moment would get. */
  leaseUntil(): number {
    return this.now() + Math.ceil(this.#behindMs) + this.#leaseMs
  }

  /** How far the journal's time has moved away from the monotonic clock since the last call, in milliseconds. */
  takeJumpMs(): number {
    const jumpMs = this.#jumpMs
    this.#jumpMs = 0
    return jumpMs
  }

  /** The clocks as the times of a record are judged by; `now` may be too early by `behindMs`. */
  reading(): { now: number; uptime: Uptime | null; leaseMs: number; behindMs: number } {
    const behindMs = Math.ceil(this.#behindMs)
    return { now: this.now(), uptime: this.#clock.uptime(), leaseMs: this.#leaseMs, behindMs }
  }

  /** Length of every lease. */
  get leaseMs(): number {
    return this.#leaseMs
  }

  /** Called right before each single request. @throws LeaseOverError */
  beforeSend = (): void => {
    if (this.#lost || this.#released || this.#clock.monotonicMs() >= this.#leaseEndsAt)
      throw new LeaseOverError()
  }

  /** Commits; when the response is lost, looks up whether it did. Throws JournalError `lost-claim` when it did not. */
  async commit(request: CommitRequest): Promise<void> {
    this.#throwIfLost()
    const { now: at, uptime, behindMs } = this.reading()
    request.record.written = { at, uptime, ...(behindMs > 0 ? { behindMs } : {}) }
    const before = this.#claim.revision
    // Not the lease as it is renewed meanwhile: a commit that fails each time must not be repeated without end.
    const giveUpAt = this.#leaseEndsAt
    for (let tries = 0; ; tries++) {
      const askedAt = this.#clock.monotonicMs()
      try {
        this.#take(await this.#journal.commit(this.#claim, request), request.record, askedAt)
        break
      } catch (error) {
        const code = error instanceof JournalError ? error.code : null
        // A try whose response was lost may still be committed, and then the next try looks like another process's.
        const unsure = code === 'unavailable' || (code === 'lost-claim' && tries > 0)
        if (!unsure) throw error
        if (await this.#landed(before, request)) break
        if (this.#clock.monotonicMs() >= giveUpAt) throw error
      }
    }
    if (request.release) this.#end()
  }

  /** Writes this record under the name of the other claim, and leaves none under this one; both claims end. */
  async moveTo(
    other: ClaimedKey,
    request: { record: KeyRecord; audit: readonly AuditEntry[] },
  ): Promise<void> {
    this.#throwIfLost()
    await this.#journal.move(this.#claim, other.#claim, request)
    this.#end()
    other.#end()
  }

  /** Takes the record out of the journal and ends the claim. */
  async forget(audit: readonly AuditEntry[]): Promise<void> {
    this.#throwIfLost()
    await this.#journal.forget(this.#claim, { audit, keptAs: keptAs(this.#claim.key) })
    this.#end()
  }

  /** Releases the key. A release that fails happens at the end of the lease. */
  async release(): Promise<void> {
    if (this.#released) return
    this.#end()
    if (this.#lost) return
    try {
      await this.#journal.release(this.#claim)
    } catch (error) {
      // The caller's result or error matters more than a lease that ends by itself.
      if (!(error instanceof JournalError)) throw error
    }
  }

  /** The response to a commit was lost: the journal itself says whether it is there. */
  async #landed(before: number, request: CommitRequest): Promise<boolean> {
    const { snapshot, askedAt } = await this.#look()
    if (snapshot.revision === before) return false
    const ours = snapshot.lease?.claimId === this.#claim.claimId || request.release === true
    if (!ours || snapshot.revision !== before + 1) {
      throw new JournalError(
        'lost-claim',
        `${this.#claim.key} is now driven by another process`,
        'Run the command again.',
      )
    }
    this.#take(
      { revision: snapshot.revision, now: snapshot.now, leaseUntil: snapshot.lease?.until ?? snapshot.now },
      request.record,
      askedAt,
    )
    return true
  }

  /** Loads the record, retrying until the lease is over: the value of a key may be in memory only. */
  async #look(): Promise<{ snapshot: Snapshot; askedAt: number }> {
    for (let pauseMs = LOOK_AGAIN_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MAX_MS)) {
      await this.#clock.sleep(pauseMs)
      const askedAt = this.#clock.monotonicMs()
      try {
        return { snapshot: await this.#journal.load(this.#claim.key), askedAt }
      } catch (error) {
        const passes = error instanceof JournalError && error.code === 'unavailable'
        if (!passes || this.#clock.monotonicMs() + pauseMs >= this.#leaseEndsAt) throw error
      }
    }
  }

  /**
   * Takes the journal's response. The lease is counted from when it was requested, the time from when the response came:
   * both err on the side of doing less.
   */
  #take(receipt: Receipt, record: KeyRecord | null, askedAt: number): void {
    const tookMs = this.#clock.monotonicMs() - askedAt
    // The journal read its clock at any time between request and response, now as well as the last time.
    const asideMs = beyond(receipt.now - this.now(), -tookMs, this.#behindMs)
    if (Math.abs(asideMs) > JUMP_MS) this.#jumpMs += asideMs
    this.#receivedAt = askedAt + tookMs
    this.#behindMs = tookMs
    this.#leaseEndsAt = Math.max(this.#leaseEndsAt, askedAt + (receipt.leaseUntil - receipt.now))
    // The response to a renewal may come after that to a later commit: the revision never goes back.
    const revision = Math.max(this.#claim.revision, receipt.revision)
    this.#claim = { ...this.#claim, ...receipt, revision, record }
  }

  async #renew(): Promise<void> {
    if (this.#released || this.#lost || this.#renewing) return
    this.#renewing = true
    const askedAt = this.#clock.monotonicMs()
    try {
      const receipt = await this.#journal.renew(this.#claim)
      this.#take(receipt, this.#claim.record, askedAt)
    } catch (error) {
      // A failed renewal loses nothing by itself: the lease runs out and `beforeSend` stops all requests.
      if (error instanceof JournalError && error.code === 'lost-claim' && !this.#released) this.#lost = error
    } finally {
      this.#renewing = false
    }
  }

  #throwIfLost(): void {
    if (this.#lost) throw this.#lost
  }

  #end(): void {
    this.#released = true
    this.#endRenewal()
  }
}

/** Under which id a forgotten record is kept; no rotation has such an id. */
function keptAs(key: string): string {
  return `forgotten-${key}`
}

/** Claims the key, watching a foreign claim until `patienceMs` is over; null while another process keeps it. */
export async function claimKey(
  journal: Journal,
  key: string,
  by: { holder: string; leaseMs: number; patienceMs: number; signal: AbortSignal; clock: Clock },
): Promise<ClaimedKey | null> {
  const { clock, leaseMs } = by
  const giveUpAt = clock.monotonicMs() + by.patienceMs
  const pauseMs = Math.min(1_000, Math.max(20, leaseMs / 10))
  for (;;) {
    const askedAt = clock.monotonicMs()
    const claim = await journal.claim(key, { holder: by.holder, leaseMs })
    if (claim !== 'held') return new ClaimedKey({ journal, clock, leaseMs }, claim, askedAt)
    if (clock.monotonicMs() >= giveUpAt || by.signal.aborted) return null
    await clock.sleep(pauseMs, by.signal)
  }
}

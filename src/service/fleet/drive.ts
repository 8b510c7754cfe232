/**
 * Drives one campaign: begins keys as far as the plan allows, goes from wave to wave, and stops when too much fails. What
 * it knows of a key it has from the record of that key, so that it goes on after a crash without having noted anything.
 */
import type { KeyRecord } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { readRecords } from '../../engine/all-records.ts'
import { Board } from '../../fleet/board.ts'
import type { Campaign, Row } from '../../fleet/campaign.ts'
import { type Judged, judgeKey } from '../../fleet/key-state.ts'
import { findTampering } from '../../fleet/tampering.ts'
import type { Context } from '../context.ts'
import { Alarm } from '../serve/alarm.ts'
import { Hold } from './hold.ts'
import { HourShare } from './hour-share.ts'
import { readRows } from './keep.ts'
import { rotateKey } from './rotate-key.ts'

/** A key that another process works on, or whose journal did not answer, is looked at again after this. */
const LOOK_AGAIN_MS = 2_000
/** A moment that has passed already is no reason to turn at once again and again. */
const LEAST_PAUSE_MS = 100
/** Whatever was missed shows within this time. */
const LOOK_AT_ALL_MS = 3_600_000

/** Is told what happens, for progress and events. */
export interface CampaignListener {
  /** A key has come to another state. */
  key?(key: string, judged: Judged): void
  /** Anything has changed: a key, the wave, the state. Called often. */
  progress?(campaign: Campaign, board: Board): void
}

export interface DriveOptions {
  readonly listener?: CampaignListener
  /** It is left when nothing happens for longer than this, in milliseconds: a later process goes on. */
  readonly restMs: number
  /** The process is told to stop: why that pauses the campaign; null: it only lets the campaign go. */
  onStop?(): { by: string; why: string } | null
}

/** The campaign as it is after that, and when it goes on by itself; null: not before somebody does something. */
export interface Driven {
  readonly campaign: Campaign
  readonly nextAt: number | null
}

/** @param campaign taken by this process: see `lease.ts` */
export async function driveCampaign(
  context: Context,
  campaign: Campaign,
  options: DriveOptions,
): Promise<Driven> {
  const rows = await readRows(context, campaign)
  return new Driver(context, { campaign, rows, options }).drive(await readRecords(context.journal))
}

class Driver {
  readonly #context: Context
  readonly #options: DriveOptions
  readonly #board: Board
  readonly #hold: Hold
  readonly #alarm: Alarm
  readonly #working = new Map<string, Promise<void>>()
  /** When keys that wait are gone on with, in milliseconds since 1970. */
  readonly #again = new Map<string, number>()
  /** Since when another process has had a key that was to begin. */
  readonly #heldSince = new Map<string, number>()
  readonly #share: HourShare

  constructor(
    context: Context,
    { campaign, rows, options }: { campaign: Campaign; rows: readonly Row[]; options: DriveOptions },
  ) {
    this.#context = context
    this.#options = options
    this.#board = new Board(campaign.plan, rows, context.keys)
    this.#hold = new Hold(context, { campaign, rows, counts: () => this.#board.counts })
    this.#alarm = new Alarm(context.clock)
    this.#share = new HourShare(context, campaign.plan.perHour)
  }

  async drive(records: ReadonlyMap<string, KeyRecord>): Promise<Driven> {
    const { stop } = this.#context
    this.#share.note(records.values())
    const problem = findTampering(this.#hold.campaign, this.#board.rows)
    if (problem !== null) await this.#hold.pause('changed', problem)
    for (const { key } of this.#board.rows) this.#judge(key, records.get(key))
    const wake = () => this.#alarm.ring()
    stop.addEventListener('abort', wake)
    while (this.#hold.isOurs && !stop.aborted) {
      const sleepMs = await this.#turn()
      if (sleepMs === null) break
      await this.#alarm.sleep(sleepMs)
    }
    stop.removeEventListener('abort', wake)
    await this.#settle()
    const halt = stop.aborted ? (this.#options.onStop?.() ?? null) : null
    const campaign = await this.#hold.leave(halt)
    return { campaign, nextAt: campaign.state === 'running' ? this.#nextAt() : null }
  }

  /** One look at everything. @returns how long to sleep; null: nothing is left to do here. */
  async #turn(): Promise<number | null> {
    const { clock } = this.#context
    if (this.#hold.nextBeatMs <= 0) await this.#beat()
    const mayBegin = await this.#advance()
    if (!this.#hold.isOurs) return null
    const now = clock.wallMs()
    this.#goOn(now)
    if (mayBegin) await this.#begin(now)
    const isIdle = this.#working.size === 0
    if (isIdle && this.#board.isOver(this.#hold.campaign.wave) && (await this.#hold.finish())) return null
    const nextMs = this.#nextAt() - now
    if (isIdle && nextMs > this.#options.restMs) return null
    return Math.max(0, Math.min(nextMs, this.#hold.nextBeatMs))
  }

  async #beat(change?: (campaign: Campaign) => void): Promise<void> {
    await this.#hold.beat(change)
    this.#tellProgress()
  }

  /**
   * Goes to the next wave once this one is proved, and pauses when too much of it fails.
   * @returns whether more may begin: not after that, even if the journal does not take the pause yet
   */
  async #advance(): Promise<boolean> {
    while (this.#hold.isOurs) {
      const { wave } = this.#hold.campaign
      const judged = this.#board.judgeWave(wave)
      if (judged.is === 'failed') {
        await this.#hold.pause(judged.reason, judged.why)
        return false
      }
      if (judged.is === 'going' || wave >= this.#board.waves) return true
      // A key of the next wave is touched only once this is on record.
      await this.#beat((campaign) => {
        campaign.wave = Math.max(campaign.wave, wave + 1)
      })
      if (this.#hold.campaign.wave === wave) return true
    }
    return false
  }

  /** Goes on with keys whose moment has come. */
  #goOn(now: number): void {
    for (const [key, at] of this.#again) {
      if (at > now || this.#working.has(key)) continue
      this.#again.delete(key)
      this.#work(key)
    }
  }

  /** When something goes on by itself: a key that waits, or the share of the hour. At the latest it is looked at again. */
  #nextAt(): number {
    const now = this.#context.clock.wallMs()
    const nextAt = this.#share.nextAt(now)
    const least = nextAt !== null && this.#board.counts.pending > 0 ? nextAt : now + LOOK_AT_ALL_MS
    return [...this.#again.values()].reduce((one, other) => Math.min(one, other), least)
  }

  async #begin(now: number): Promise<void> {
    const { wave } = this.#hold.campaign
    const isAuto = (key: string) => this.#board.row(key)?.group === 'auto'
    const startable = this.#board
      .startable(wave, this.#share.roomAt(now))
      .filter((key) => !this.#working.has(key))
    const auto = startable.filter(isAuto)
    const begun = auto.slice(0, await this.#share.take(auto.length, now))
    for (const key of [...begun, ...startable.filter((one) => !isAuto(one))]) {
      this.#set(key, { state: 'running' })
      this.#work(key)
    }
  }

  #work(key: string): void {
    const work = async () => {
      await this.#rotate(key)
      this.#working.delete(key)
      this.#alarm.ring()
    }
    this.#working.set(key, work())
  }

  async #rotate(key: string): Promise<void> {
    const row = this.#board.row(key)
    if (!row) return
    const worked = await rotateKey(this.#context, this.#hold.campaign, row)
    const now = this.#context.clock.wallMs()
    if (worked.is === 'later') return void this.#again.set(key, now + LOOK_AGAIN_MS)
    if (worked.is === 'refused') this.#note(row, { refused: worked.why })
    const record = worked.is === 'attended' ? worked.attended.record : null
    const judged = this.#judge(key, record ?? undefined)
    if (judged.state === 'pending') this.#waitForOther(key, now)
    else this.#heldSince.delete(key)
  }

  /** Another process has the key: it is looked at again, and counts as failed when that takes too long. */
  #waitForOther(key: string, now: number): void {
    const since = this.#heldSince.get(key) ?? now
    this.#heldSince.set(key, since)
    const isStuck = now - since > this.#hold.campaign.plan.stuckAfterMs
    const why = 'another process works on it'
    this.#again.set(key, now + LOOK_AGAIN_MS)
    this.#set(key, {
      ...{ state: isStuck ? 'failed' : 'running', why },
      ...(isStuck ? { command: `keyrota status ${quoteWord(key)}` } : { nextAt: now + LOOK_AGAIN_MS }),
    })
  }

  /** What has come of the key by its record; one that goes on by itself is gone on with at its moment. */
  #judge(key: string, record: KeyRecord | undefined): Judged {
    const row = this.#board.row(key) ?? { key, group: 'left' }
    const { id, plan } = this.#hold.campaign
    const now = this.#context.clock.wallMs()
    const isInConfig = this.#context.keys.has(key)
    const about = { campaign: id, row, record, isInConfig, now, stuckAfterMs: plan.stuckAfterMs }
    const judged = judgeKey(about)
    if (judged.state === 'done' && judged.rotation !== undefined && row.done !== judged.rotation)
      this.#note(row, { done: judged.rotation, ...(judged.at === undefined ? {} : { doneAt: judged.at }) })
    const isUnderWay = judged.state === 'running' || judged.state === 'overlap'
    if (isUnderWay || (judged.state === 'failed' && judged.nextAt !== undefined))
      this.#again.set(key, Math.max(judged.nextAt ?? now, now + LEAST_PAUSE_MS))
    this.#set(key, judged)
    return judged
  }

  #set(key: string, judged: Judged): void {
    if (this.#board.set(key, judged)) this.#options.listener?.key?.(key, judged)
    this.#tellProgress()
  }

  #note(row: Row, news: Partial<Row>): void {
    Object.assign(row, news)
    this.#hold.note(row)
  }

  #tellProgress(): void {
    this.#options.listener?.progress?.(this.#hold.campaign, this.#board)
  }

  /** Waits for the keys under way, still showing that this process lives. */
  async #settle(): Promise<void> {
    while (this.#working.size > 0) {
      if (this.#hold.nextBeatMs <= 0) await this.#beat()
      await this.#alarm.sleep(this.#hold.nextBeatMs)
    }
  }
}

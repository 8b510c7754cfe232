/** The campaign that this process drives: what it shows of itself to others, and what it learns from them. */
import { JournalError } from '../../contracts/errors.ts'
import {
  type Campaign,
  type Counts,
  type PauseReason,
  ROWS_IN_PIECE,
  type Row,
} from '../../fleet/campaign.ts'
import type { Context } from '../context.ts'
import { noteRows } from './keep.ts'
import { BEAT_MS, beat, letGo } from './lease.ts'
import { tellEnd, tellPause } from './tell.ts'

export class Hold {
  readonly #context: Context
  readonly #counts: () => Counts
  readonly #pieceOf = new Map<string, number>()
  /** Rows that have something new to note. */
  readonly #news = new Map<string, Row>()
  #campaign: Campaign
  #beatAt = 0
  #isLost = false

  constructor(context: Context, about: { campaign: Campaign; rows: readonly Row[]; counts: () => Counts }) {
    this.#context = context
    this.#campaign = about.campaign
    this.#counts = about.counts
    for (const [at, row] of about.rows.entries()) this.#pieceOf.set(row.key, Math.floor(at / ROWS_IN_PIECE))
  }

  get campaign(): Campaign {
    return this.#campaign
  }

  /** Whether this process may begin anything for it. */
  get isOurs(): boolean {
    return this.#campaign.state === 'running' && !this.#isLost
  }

  get nextBeatMs(): number {
    return Math.max(0, this.#beatAt - this.#context.clock.monotonicMs())
  }

  note(row: Row): void {
    this.#news.set(row.key, row)
  }

  /** Shows that this process lives, and learns what others have decided. @returns whether the journal has it. */
  async beat(change: (campaign: Campaign) => void = () => {}): Promise<boolean> {
    this.#beatAt = this.#context.clock.monotonicMs() + BEAT_MS
    if (this.#isLost) return false
    try {
      await this.#noteNews()
      const campaign = await beat(this.#context, this.#campaign.id, (now) => {
        now.counts = this.#counts()
        change(now)
      })
      if (campaign === 'lost') this.#isLost = true
      else this.#campaign = campaign
      return campaign !== 'lost'
    } catch (error) {
      // Nothing is rotated without the journal either; it is tried again with the next beat.
      if (!(error instanceof JournalError) || error.code !== 'unavailable') throw error
      return false
    }
  }

  /** Nothing more is begun; what is under way goes on to its end, here or wherever else. */
  async pause(reason: PauseReason, why: string): Promise<void> {
    const at = this.#context.clock.wallMs()
    const isWritten = await this.beat((campaign) => {
      if (campaign.state !== 'running') return
      campaign.state = 'paused'
      campaign.halt = { at, by: 'keyrota', reason, why }
    })
    if (isWritten && this.#campaign.halt?.at === at) tellPause(this.#context, this.#campaign)
  }

  /** @returns false: the journal did not take it. */
  async finish(): Promise<boolean> {
    const at = this.#context.clock.wallMs()
    const isWritten = await this.beat((campaign) => {
      if (campaign.state !== 'running') return
      campaign.state = 'done'
      campaign.endedAt = at
    })
    if (isWritten && this.#campaign.endedAt === at) tellEnd(this.#context, this.#campaign)
    return isWritten
  }

  /** Lets the campaign go; `halt`: pauses it. */
  async leave(halt: { by: string; why: string } | null): Promise<Campaign> {
    const at = this.#context.clock.wallMs()
    if (!this.#isLost) await this.#noteNews()
    return letGo(this.#context, this.#campaign.id, (now) => {
      now.counts = this.#counts()
      if (!halt || now.state !== 'running') return
      now.state = 'paused'
      now.halt = { at, reason: 'signal', ...halt }
    })
  }

  async #noteNews(): Promise<void> {
    const pieces = Map.groupBy(this.#news.values(), ({ key }) => this.#pieceOf.get(key) ?? 0)
    for (const [at, rows] of pieces) {
      await noteRows(this.#context, this.#campaign, at, new Map(rows.map((row) => [row.key, row])))
      for (const row of rows) if (this.#news.get(row.key) === row) this.#news.delete(row.key)
    }
  }
}

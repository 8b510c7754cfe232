/** The keys that campaigns may begin within an hour: one share for all of them, wherever they are driven. */
import { JournalError } from '../../contracts/errors.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { campaignStartOf, roomInHour } from '../../fleet/share.ts'
import type { Context } from '../context.ts'

/** Starts are counted in steps of this, so that the document stays small; each as its end, which is never too early. */
const STEP_MS = 10_000
const AGAIN_MS = 2_000

interface Begun {
  schema: 1
  /** Moment in milliseconds since 1970 → how many keys were begun. */
  at: Record<string, number>
}

export class HourShare {
  readonly #context: Context
  readonly #perHour: number | null
  /** When rotations of campaigns began, as far as records and this process know. */
  readonly #starts: number[] = []
  /** When others leave room again. */
  #notBefore = Number.NEGATIVE_INFINITY

  /** `perHour` null: there is no limit. */
  constructor(context: Context, perHour: number | null) {
    this.#context = context
    this.#perHour = perHour
  }

  note(records: Iterable<KeyRecord>): void {
    for (const record of records) {
      const at = campaignStartOf(record)
      if (at !== null) this.#starts.push(at)
    }
  }

  /** How many may begin now, as far as this process knows. */
  roomAt(now: number): number {
    return now < this.#notBefore ? 0 : roomInHour(this.#starts, this.#perHour, now).room
  }

  /** When the next one may begin; null: now. */
  nextAt(now: number): number | null {
    if (now < this.#notBefore) return this.#notBefore
    return roomInHour(this.#starts, this.#perHour, now).nextAt
  }

  /** Takes room for this many keys. @returns for how many there was some; they have to begin now. */
  async take(wanted: number, now: number): Promise<number> {
    if (wanted === 0) return 0
    const taken = this.#perHour === null ? wanted : await this.#takeOfAll(wanted, this.#perHour, now)
    for (let count = 0; count < taken; count += 1) this.#starts.push(now)
    return taken
  }

  /** Of the share of all processes; whoever is killed right after that leaves it unused for an hour. */
  async #takeOfAll(wanted: number, perHour: number, now: number): Promise<number> {
    const { journal, clock, random } = this.#context
    const hand = { documents: journal.documents, clock, random }
    let taken = 0
    let nextAt: number | null = null
    try {
      await changeOrRenew<Begun>(hand, { kind: 'campaign-share', name: 'hour' }, (before) => {
        const begun = Object.entries(before?.at ?? {}).map(([at, count]) => [Number(at), count] as const)
        const starts = begun.flatMap(([at, count]) => Array<number>(Math.min(count, perHour)).fill(at))
        const left = roomInHour(starts, perHour, now)
        taken = Math.min(wanted, left.room)
        nextAt = left.nextAt
        if (taken === 0) return undefined
        const step = Math.ceil(now / STEP_MS) * STEP_MS
        const kept = Object.fromEntries(begun.filter(([at]) => Math.abs(now - at) < 7_200_000))
        return { schema: 1, at: { ...kept, [step]: (kept[step] ?? 0) + taken } }
      })
    } catch (error) {
      // Nothing begins without the journal.
      if (!(error instanceof JournalError) || error.code !== 'unavailable') throw error
      taken = 0
    }
    if (taken === 0) this.#notBefore = nextAt ?? now + AGAIN_MS
    return taken
  }
}

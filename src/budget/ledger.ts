/*
 * One budget as the journal keeps it, and how it changes. Pure.
 *
 * No process compares its clock with another one's. Whoever wants more than a little of a budget is a member of it, with a
 * part of the whole under its name, and counts its calls by its own clock. Every revision of the document has parts that
 * come to 1 at the most: a member lowers its own part first, and only then another one can take it.
 */
import { z } from 'zod'
import { shareOut } from './share-out.ts'

const amount = z.number().min(0).max(1e9)

const memberSchema = z.object({
  /** The part of the whole that it may use. */
  share: z.number().min(0).max(1),
  /** The part that it wants, and how much of that is for keys that leaked. */
  wants: z.number().min(0).max(1),
  urgent: z.number().min(0).max(1),
  /** Grows with each sign of life; one that stands still for long is gone. */
  beat: z.int().min(0),
})

const schema = z.object({
  account: z.string(),
  class: z.string(),
  /** Calls in a second that all members together may send now. */
  rate: amount,
  /** What it may grow to. */
  limit: amount,
  /** Nothing is published: the limit was guessed from what went through before the first refusal. */
  isGuessed: z.boolean(),
  /** How often it was cut. */
  cuts: z.int().min(0),
  /** Its rate at the last cut, around which it grows slowly. */
  cutAtRate: amount.nullable(),
  /** How long nothing is sent after the last cut, as the service asked for. */
  pauseMs: amount,
  /** When it was written last, by the clock of whoever did: only for how long it lay idle. */
  writtenAt: z.number(),
  members: z.record(z.string(), memberSchema),
})

export type Ledger = z.output<typeof schema>

/*
 * How it grows again, the faster of two: by time, from nothing to the limit within five minutes; and by calls, so that at
 * high rates a cut costs seconds. Both slowly near the rate at which the service refused calls: between two cuts lie
 * hundreds of calls.
 */
const GROW_MS = 300_000
const NEAR = 0.1
const SLOWER = 20
/** Calls from the half to near the rate of the last cut, and through what is near. */
const GROW_CALLS = 200
const NEAR_CALLS = 1_600
/** The least, as a part of the limit: after many refusals calls still find out whether it is over. */
const FLOOR = 0.01
/** The same in calls a second where no limit is known: a guess from few calls would have the next ones wait for minutes. */
const GUESSED_FLOOR = 1

/** What was read; null for what is damaged or of another version, which begins anew. */
export function readLedger(found: unknown): Ledger | null {
  const read = schema.safeParse(found)
  return read.success ? read.data : null
}

export interface Signal {
  readonly id: string
  readonly wants: number
  readonly urgent: number
  /** Members whose sign of life has stood still for too long, and at which number. */
  readonly gone: ReadonlyMap<string, number>
  /** How long the part was used since the last signal; 0 when it was not used up. */
  readonly usedForMs: number
  /** A call was refused that was sent when the budget had been cut so often; null: by one who was no member. */
  readonly refused: { readonly cuts: number | null; readonly pauseMs: number; readonly guess: number } | null
  readonly wallMs: number
}

export interface About {
  readonly account: string
  readonly class: string
  /** Calls in a second, published or from the config; null: none is known. */
  readonly limit: number | null
}

/** The ledger after a sign of life of this process: growth, cut, members, and its own part. */
export function signal(found: Ledger | null, about: About, by: Signal): Ledger {
  const others = Object.entries(found?.members ?? {}).filter(
    ([id, { beat }]) => id !== by.id && by.gone.get(id) !== beat,
  )
  const mine = found?.members[by.id]
  const isGuessed = about.limit === null
  // A guess holds as long as somebody lives by it.
  const isOld = isGuessed && others.length === 0 && !mine
  const before = found === null || isOld ? { ...begin(about, by), cuts: found?.cuts ?? 0 } : found
  const limit = about.limit ?? before.limit
  const rested = others.length === 0 && !mine ? recover(before, by.wallMs) : before.rate
  const grown = grow({ ...before, limit, rate: rested }, by.usedForMs * (mine?.share ?? 0))
  const next: Ledger = {
    ...before,
    ...{ limit, isGuessed, rate: Math.min(grown, limit), writtenAt: by.wallMs },
    members: {
      ...Object.fromEntries(others),
      [by.id]: {
        ...{ share: 0, wants: Math.min(1, by.wants), urgent: Math.min(1, by.urgent) },
        beat: (mine?.beat ?? 0) + 1,
      },
    },
  }
  return takePart(cut(next, by, others.length), by.id)
}

/** Without this process; what it had is free at once. */
export function leave(ledger: Ledger, id: string): Ledger | undefined {
  if (!ledger.members[id]) return undefined
  const { [id]: _, ...members } = ledger.members
  return { ...ledger, members }
}

function begin({ account, class: name, limit }: About, { refused, wallMs }: Signal): Ledger {
  // What went through is about what the service bears, and may be the fault of others: it may grow to four times that.
  const seed = limit ?? Math.max(1, 4 * (refused?.guess ?? 1))
  return {
    ...{ account, class: name, limit: seed, isGuessed: limit === null },
    rate: limit ?? Math.max(GUESSED_FLOOR, refused?.guess ?? 1),
    ...{ cuts: 0, cutAtRate: null, pauseMs: 0, writtenAt: wallMs, members: {} },
  }
}

/** What lay idle grows by the wall clock: if that was set, the next refusal corrects it. */
function recover(ledger: Ledger, wallMs: number): number {
  const idleMs = Math.max(0, wallMs - ledger.writtenAt)
  return Math.min(ledger.limit, ledger.rate + (ledger.limit * idleMs) / GROW_MS)
}

/** Additive increase: what this member adds that has used its part for so long; `ms` is weighted by that part. */
function grow({ rate, limit, cutAtRate }: Pick<Ledger, 'rate' | 'limit' | 'cutAtRate'>, ms: number): number {
  const byTime = (limit * ms) / GROW_MS
  if (cutAtRate === null) return Math.min(limit, rate + byTime)
  const calls = (rate * ms) / 1_000
  const [near, far] = [cutAtRate * (1 - NEAR), cutAtRate * (1 + NEAR)]
  if (rate >= near && rate < far)
    return Math.min(limit, rate + Math.max(byTime / SLOWER, (calls * (far - near)) / NEAR_CALLS))
  const grown = rate + Math.max(byTime, (calls * (near - cutAtRate / 2)) / GROW_CALLS)
  return Math.min(limit, rate < near ? Math.min(near, grown) : grown)
}

/** Multiplicative decrease, once for all calls that were sent under the rate of before. */
function cut(ledger: Ledger, { refused }: Signal, others: number): Ledger {
  if (!refused) return ledger
  const isNews = refused.cuts === null ? others === 0 : refused.cuts === ledger.cuts
  if (!isNews) return ledger
  const least = ledger.isGuessed ? GUESSED_FLOOR : ledger.limit * FLOOR
  const rate = Math.max(ledger.rate / 2, least)
  return { ...ledger, rate, cutAtRate: ledger.rate, cuts: ledger.cuts + 1, pauseMs: refused.pauseMs }
}

/** As much of the fair part as the others have let go of. */
function takePart(ledger: Ledger, id: string): Ledger {
  const ids = Object.keys(ledger.members).sort()
  const parts = shareOut(ids.map((one) => ledger.members[one] ?? { wants: 0, urgent: 0 }))
  const fair = parts[ids.indexOf(id)] ?? 0
  const taken = ids.reduce((all, one) => all + (one === id ? 0 : (ledger.members[one]?.share ?? 0)), 0)
  const me = ledger.members[id]
  if (!me) return ledger
  // Below the sum of the parts, which no rounding may bring beyond the whole.
  const share = Math.max(0, Math.min(fair, 1 - taken - 1e-9))
  return { ...ledger, members: { ...ledger.members, [id]: { ...me, share } } }
}

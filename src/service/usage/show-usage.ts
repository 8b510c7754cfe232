/** The verb `usage`: how much keys are used, what is usual, what was found, and how the meters fare. */

import type { KeyConfig } from '../../contracts/config.ts'
import { type Finding, SLOT_MS, type UsageDocument } from '../../contracts/usage.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import { expectedAt, hourAt, learn } from '../../usage/baseline.ts'
import { readSeries, slotOf, valueAt } from '../../usage/series.ts'
import { type Context, keyOf } from '../context.ts'
import { readAllFindings, readFindings, readUsage } from './documents.ts'
import type { MeterState } from './meter-turn.ts'

export interface SeriesShown {
  /** `meter/unit`. */
  series: string
  /** Of the latest hour that is known. */
  hour: { endedAt: number; amount: number; usual: number | null } | null
  /** Of the last 24 hours, as far as it is known; null: nothing is. */
  day: number | null
  /** Each of the last 24 hours, the latest last; null: not known. */
  hours: (number | null)[]
}

export interface KeyUsage {
  key: string
  watched: boolean
  readTo: number | null
  series: SeriesShown[]
  findings: Finding[]
  /** Where use came from, the latest first. */
  seen: { source: string; firstSeen: number; lastSeen: number }[]
}

/** These keys, or every key that is watched or has numbers; asks no meter. */
export async function showUsage(context: Context, names: readonly string[]): Promise<KeyUsage[]> {
  const keys = names.map((name) => keyOf(context, name))
  if (names.length > 0) return Promise.all(keys.map((key) => showKey(context, key)))
  const findings = await readAllFindings(context)
  const shown = [...context.keys.values()].filter((key) => key.usage || findings.has(key.name))
  const all: KeyUsage[] = []
  for (const key of shown) all.push(await showKey(context, key))
  return all
}

async function showKey(context: Context, key: KeyConfig): Promise<KeyUsage> {
  const document = await readUsage(context, key.name)
  const now = context.clock.wallMs()
  const readTo = Math.max(0, ...Object.values(document.readTo))
  return {
    key: key.name,
    watched: key.usage !== undefined,
    readTo: readTo === 0 ? null : readTo,
    series: Object.keys(document.series).map((name) => showSeries(document, name, now)),
    findings: (await readFindings(context, key.name))?.findings ?? [],
    seen: Object.entries(document.seen)
      .map(([source, [first, last]]) => ({
        source: source.replace(':', ' '),
        firstSeen: first,
        lastSeen: last,
      }))
      .sort((a, b) => b.lastSeen - a.lastSeen),
  }
}

function showSeries({ series: all, marked }: UsageDocument, name: string, now: number): SeriesShown {
  const series = readSeries(all[name])
  const end = slotOf(now)
  let newest = end
  while (newest > end - 96 && hourAt(series, newest) === null) newest -= 1
  const amount = hourAt(series, newest)
  const isMarked = (slot: number) =>
    marked.some(([from, to]) => (slot + 1) * SLOT_MS > from && slot * SLOT_MS < to)
  const usual = amount === null ? null : expectedAt(learn(series, newest, isMarked), newest)
  const slots = Array.from({ length: 48 }, (_, index) => valueAt(series, end - 48 + index))
  const known = slots.filter((value) => value !== null)
  return {
    series: name,
    hour:
      amount === null ? null : { endedAt: (newest + 1) * SLOT_MS, amount, usual: usual && Math.round(usual) },
    day: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0),
    hours: Array.from({ length: 24 }, (_, hour) => {
      const [first = null, second = null] = slots.slice(2 * hour, 2 * hour + 2)
      return first === null && second === null ? null : (first ?? 0) + (second ?? 0)
    }),
  }
}

/** How each meter fared last. */
export async function showMeters({ journal }: Pick<Context, 'journal'>): Promise<MeterState[]> {
  const documents = await journal.documents.list('meter', { limit: 200 })
  return documents
    .flatMap((document) => parseOrNone<MeterState>(document) ?? [])
    .filter(({ meter }) => meter !== undefined)
}

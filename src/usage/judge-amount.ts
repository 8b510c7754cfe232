/** How much: thresholds first, then what is usual in the hour of the week. Pure. */
import { SLOT_MS, type UsageRules } from '../contracts/usage.ts'
import { type Baseline, distance, expectedAt, hourAt } from './baseline.ts'
import type { Series } from './series.ts'

/** Fewer in an hour are never a spike: chance makes five of one. */
const LEAST_SPIKE = 20
/** So many times the usual spread. This and the next were found by measuring false alarms (docs/usage.md). */
const MOST_SPREADS = 3.5
/** So much above `ratio` is a spike, even where hours have been as wild before: unless the key is hardly used then. */
const SURE = 1.2
const LEAST_REGULAR = 10
/** What was wild before has to be exceeded clearly. */
const BEYOND_WILDEST = 1.6

export interface AmountFound {
  kind: 'limit' | 'spike'
  from: number
  to: number
  text: string
  numbers: Record<string, number>
}

/** Judges the hour that ends with this slot. */
export function judgeHour(
  series: Series,
  slot: number,
  baseline: Baseline | null,
  { mostPerHour, ratio }: Pick<UsageRules, 'mostPerHour' | 'ratio'>,
  unit: string,
): AmountFound | null {
  const amount = hourAt(series, slot)
  if (amount === null) return null
  const to = (slot + 1) * SLOT_MS
  const from = to - 2 * SLOT_MS
  if (mostPerHour !== undefined && amount > mostPerHour) {
    const text = `${amount} ${unit} in the hour before ${sayHour(to)}, of ${mostPerHour} allowed`
    return { kind: 'limit', from, to, text, numbers: { amount, allowed: mostPerHour } }
  }
  const expected = baseline && expectedAt(baseline, slot)
  if (!baseline || expected === null || amount < LEAST_SPIKE || amount < ratio * expected) return null
  const far = distance(amount, expected, baseline.unrest)
  const isSure = expected >= LEAST_REGULAR && amount >= SURE * ratio * expected
  const wild = isSure ? 0 : BEYOND_WILDEST * baseline.wildest
  const least = Math.max(MOST_SPREADS * baseline.spread, wild)
  if (far < least) return null
  const text = `${amount} ${unit} in the hour before ${sayHour(to)}; usual at that time of the week: ${round(expected)}`
  const numbers = { amount, usual: round(expected), distance: round(far), threshold: round(least) }
  return { kind: 'spike', from, to, text, numbers }
}

function sayHour(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}

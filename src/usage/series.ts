/**
 * How much a key was used in each half hour of the last six weeks, as a compact text: numbers in base 36, `-` for a time
 * that is not known, and `*` for repeats. It is not known is never the same as none.
 */
import { SLOT_MS } from '../contracts/usage.ts'

export const SLOTS_PER_WEEK = (7 * 86_400_000) / SLOT_MS
export const MOST_SLOTS = 6 * SLOTS_PER_WEEK
/** A number above it says nothing more; it keeps the text bounded. */
const MOST = 2 ** 40

/** Slots from `first` on; a slot is a number since 1970. */
export interface Series {
  first: number
  values: (number | null)[]
}

export interface Stored {
  first: number
  text: string
}

export function slotOf(ms: number): number {
  return Math.floor(ms / SLOT_MS)
}

export function writeSeries({ first, values }: Series): Stored {
  const words: string[] = []
  for (let at = 0; at < values.length; ) {
    const value = values[at] ?? null
    let end = at + 1
    while (end < values.length && (values[end] ?? null) === value) end += 1
    const word = value === null ? '-' : value.toString(36)
    words.push(end - at > 1 ? `${word}*${(end - at).toString(36)}` : word)
    at = end
  }
  return { first, text: words.join(',') }
}

/** What cannot be read is not known: a document that was damaged costs its history and nothing else. */
export function readSeries(stored: Stored | undefined): Series {
  if (!stored || !Number.isSafeInteger(stored.first)) return { first: 0, values: [] }
  const values: (number | null)[] = []
  for (const word of stored.text === '' ? [] : stored.text.split(',')) {
    const [, text = '', repeat = '1'] = /^(-|[0-9a-z]{1,9})(?:\*([0-9a-z]{1,4}))?$/.exec(word) ?? []
    const value = text === '-' || text === '' ? null : Number.parseInt(text, 36)
    const count = Math.min(Number.parseInt(repeat, 36), MOST_SLOTS - values.length)
    for (let one = 0; one < count; one += 1) values.push(value)
  }
  return { first: stored.first, values }
}

/** The value of a slot; null: not known. */
export function valueAt({ first, values }: Series, slot: number): number | null {
  return values[slot - first] ?? null
}

/** Adds to what is known of a slot, or begins to know it; what is too old is dropped. */
export function addTo(series: Series, slot: number, amount: number): void {
  if (series.values.length === 0) series.first = slot
  const last = series.first + series.values.length - 1
  const oldest = Math.max(last, slot) - MOST_SLOTS + 1
  if (slot < oldest) return
  while (series.first > slot) {
    series.values.unshift(null)
    series.first -= 1
  }
  const index = slot - series.first
  while (series.values.length <= index) series.values.push(null)
  series.values[index] = Math.min(MOST, (series.values[index] ?? 0) + amount)
  if (series.first < oldest) {
    series.values.splice(0, oldest - series.first)
    series.first = oldest
  }
}

/** A part of one is a use, and counts as one: an idle key must not look unused. */
export function wholeAmount(amount: number): number {
  return amount > 0 ? Math.max(1, Math.round(amount)) : 0
}

/* Rows of time, key and amount, as files and answers of others have them. */

import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Measured, MeterRequest, UsageTrait, UsageUnit } from '../../../src/contracts/meter.ts'
import { type Called, indexSubjects, type Notes } from './subjects.ts'

export interface Row {
  /** Where it stands, e.g. `line 7`. */
  place: string
  /** Milliseconds since 1970. */
  at: number
  key: string
  amount: number
  by: Partial<Record<UsageTrait, string>>
}

export interface RowRules {
  is: Called
  unit: UsageUnit
  /** The amount is a counter that only grows. */
  total: boolean
  /** Whether the time of a row is the beginning or the end of what it counts. */
  stamp: 'start' | 'end'
  coversMs: number
}

/**
 * The rows of this time, in the order of time. One that is there twice counts once; of two that differ in their amount
 * alone the later one counts, as a correction.
 */
export function measureRows(
  rows: readonly Row[],
  { subjects, from, to }: MeterRequest,
  { is, unit, total, stamp, coversMs }: RowRules,
  notes: Notes,
): Measured[] {
  const index = indexSubjects(subjects, is)
  const known = new Map<string, Row>()
  let unknown = 0
  for (const row of rows) {
    const end = stamp === 'start' && !total ? row.at + coversMs : row.at
    // A row of tomorrow would make all that is written until then too old.
    if (end > to + coversMs) {
      notes.add('rows of a time that has not come yet were left out')
      continue
    }
    if (end <= from || end > to) continue
    if (!index.has(row.key)) {
      unknown += 1
      continue
    }
    const same = `${end} ${row.key} ${JSON.stringify(row.by)}`
    const before = known.get(same)
    if (before && before.amount !== row.amount)
      notes.add(`${row.place} corrects ${before.place}: the later one counts`)
    known.set(same, { ...row, at: end })
  }
  if (unknown > 0) notes.add(`${unknown} rows are about keys that are not watched`)
  const sorted = [...known.values()].sort((a, b) => a.at - b.at)
  return sorted.flatMap(({ at, key, amount, by }) =>
    (index.get(key) ?? []).map((whose): Measured => {
      const base = { ...whose, unit, at, amount, by }
      return total ? { ...base, isTotal: true } : { ...base, from: at - coversMs }
    }),
  )
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:?\d{2})?$/i

/** Seconds or milliseconds since 1970, or a time as ISO 8601 writes it, in UTC where it names no zone. */
export function readTime(text: string): number | null {
  if (/^\d{9,13}(\.\d+)?$/.test(text)) {
    const number = Number(text)
    return Math.round(number < 1e11 ? number * 1000 : number)
  }
  if (!ISO.test(text)) return null
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.includes(':')
  const at = Date.parse(
    hasZone || !text.includes(':') ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`,
  )
  return Number.isNaN(at) ? null : at
}

/** @throws ProviderError that says what is wrong with it, and never the text itself */
export function readAmount(text: string, place: string, provider: string): number {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text)
  const why = /^[\d.]*,\d+$/.test(text)
    ? 'a comma in a number may part thousands or decimals; write 1234.5'
    : text.startsWith('-')
      ? 'an amount of use is not negative'
      : 'expected a number such as 1234 or 1234.5'
  throw unusable(provider, `${place}: ${why}`)
}

export function unusable(provider: string, message: string): ProviderError {
  const nextStep = 'Correct it at its source; nothing was taken from it, and it is read again next time.'
  return new ProviderError({ code: 'invalid', provider, message, effect: 'none', nextStep })
}

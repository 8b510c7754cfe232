/** Dates that the config itself lists. */
import { Temporal } from 'temporal-polyfill'
import type { CalendarDates } from '../contracts/config.ts'
import { clockOf, type Edge, startOfDay, wallOf } from './local-times.ts'
import type { Horizon, Range } from './ranges.ts'

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_AND_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/

/** What is wrong with these dates; undefined: nothing. `at` is the field. */
export function checkDates(dates: CalendarDates): { at: 'from' | 'to'; message: string } | undefined {
  for (const at of ['from', 'to'] as const)
    if (!isDay(dates[at]) && !isTime(dates[at])) return { at, message: 'is no date' }
  if (DAY.test(dates.from) !== DAY.test(dates.to))
    return { at: 'to', message: 'has another form than `from`: both are days, or both are times' }
  const { from, to } = rangeOf(dates, 'UTC', 0)
  if (to <= from) return { at: 'to', message: 'is not after `from`' }
  if (dates.yearly && rangeOf(dates, 'UTC', 1).from <= to)
    return { at: 'to', message: 'is a year or more after `from`, and the next year begins before' }
  return undefined
}

/** Each time that the dates come up within the horizon. */
export function expandDates(dates: CalendarDates, timeZone: string, horizon: Horizon): Range[] {
  if (!dates.yearly) return [rangeOf(dates, timeZone, 0)]
  const firstYear = Number(dates.from.slice(0, 4))
  const [from, to] = [horizon.from, horizon.to].map((ms) => wallOf(ms, timeZone).year) as [number, number]
  const first = Math.max(0, from - firstYear - 1)
  const count = Math.max(0, to - firstYear - first + 1)
  return Array.from({ length: count }, (_, index) => rangeOf(dates, timeZone, first + index))
}

/** The first moment after the last day that the calendar speaks of. */
export function endOfDay(day: string, timeZone: string): number {
  return startOfDay(Temporal.PlainDate.from(day).add({ days: 1 }), timeZone)
}

/** So many years later; the 29th of February becomes the 28th. */
function rangeOf({ from, to, reason }: CalendarDates, timeZone: string, years: number): Range {
  const read = (text: string, edge: Edge) => {
    if (!DAY.test(text)) return clockOf(timeZone)(Temporal.PlainDateTime.from(text).add({ years }), edge)
    const day = Temporal.PlainDate.from(text).add({ years })
    return startOfDay(edge === 'from' ? day : day.add({ days: 1 }), timeZone)
  }
  return { from: read(from, 'from'), to: read(to, 'to'), title: reason }
}

export function isDay(text: string): boolean {
  return DAY.test(text) && exists(text)
}

function isTime(text: string): boolean {
  return DAY_AND_TIME.test(text) && exists(text)
}

function exists(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text, { overflow: 'reject' })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** From the clock on a wall to a moment. Where the clock is set, what is closed is never less than was said. */
import { Temporal } from 'temporal-polyfill'

/** Which end of a range: a time that exists twice, or never, opens late and closes early. */
export type Edge = 'from' | 'to'

/** A place's clock: what it shows as a moment, in milliseconds since 1970. */
export type LocalClock = (wall: Temporal.PlainDateTime, edge: Edge) => number

export function clockOf(timeZone: string): LocalClock {
  const exactly: LocalClock = (wall, edge) =>
    wall.toZonedDateTime(timeZone, { disambiguation: edge === 'from' ? 'earlier' : 'later' })
      .epochMilliseconds
  const offsetOf = makeOffsetFinder(exactly)
  return (wall, edge) => {
    const offsetMs = offsetOf(wall)
    return offsetMs === null ? exactly(wall, edge) : asIfUtc(wall) - offsetMs
  }
}

/**
 * How far the clock of the place is ahead on the day of this time; null: it is set on that day. Days are known after
 * they were asked for once, since a calendar has thousands of times on few of them.
 */
function makeOffsetFinder(exactly: LocalClock): (wall: Temporal.PlainDateTime) => number | null {
  const known = new Map<number, number | null>()
  return (wall) => {
    const day = Date.UTC(wall.year, wall.month - 1, wall.day)
    const found = known.get(day)
    if (found !== undefined) return found
    const begins = wall.with({ hour: 0, minute: 0, second: 0 })
    const [first, last] = [begins, begins.add({ days: 1 })].map((one) => asIfUtc(one) - exactly(one, 'from'))
    const offsetMs = first === last ? (first ?? null) : null
    known.set(day, offsetMs)
    return offsetMs
  }
}

function asIfUtc({ year, month, day, hour, minute, second }: Temporal.PlainDateTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** When this day begins: in some places not at midnight on the day on which clocks are set. */
export function startOfDay(day: Temporal.PlainDate, timeZone: string): number {
  return day.toZonedDateTime(timeZone).epochMilliseconds
}

/** The same moment on the clock of the place. */
export function wallOf(ms: number, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDateTime()
}

/** The name as this machine spells it; undefined: it knows no such place. */
export function findTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** From the clock on a wall to a moment. Where the clock is set, what is closed is never less than was said. */
import { Temporal } from 'temporal-polyfill'

/** Which end of a range: a time that exists twice, or never, opens late and closes early. */
export type Edge = 'from' | 'to'

/** A place's clock: what it shows as a moment, in milliseconds since 1970. */
export type LocalClock = (wall: Temporal.PlainDateTime, edge: Edge) => number

export function clockOf(timeZone: string): LocalClock {
  return (wall, edge) =>
    wall.toZonedDateTime(timeZone, { disambiguation: edge === 'from' ? 'earlier' : 'later' })
      .epochMilliseconds
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

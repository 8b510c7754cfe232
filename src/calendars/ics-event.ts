/** One event of a file of iCalendar, on the clock of its place. */
import ICAL from 'ical.js'
import { Temporal } from 'temporal-polyfill'
import { CalendarTrouble } from './calendar-trouble.ts'
import type { Zone, Zones } from './ics-zones.ts'
import { startOfDay } from './local-times.ts'
import type { Range } from './ranges.ts'

export interface Happening {
  uid: string
  isCancelled: boolean
  start: Temporal.PlainDateTime
  zone: Zone
  isWholeDays: boolean
  rules: readonly ICAL.Recur[]
  /** Further starts that no rule gives. */
  more: readonly Temporal.PlainDateTime[]
  isExcluded(start: Temporal.PlainDateTime): boolean
  /** The repetition that it takes the place of, as `keyAt` names it. */
  replaces?: string
  /** Names the repetition that starts then. */
  keyAt(start: Temporal.PlainDateTime): string
  rangeAt(start: Temporal.PlainDateTime): Range
}

interface Around {
  zones: Zones
  timeZone: string
}

/** A time of a property: a day, or what the clock of a zone shows. */
interface When {
  wall: Temporal.PlainDateTime
  zone: Zone
  isDay: boolean
}

const MAX_TITLE_LENGTH = 80
/** Of one event, beside its rules. */
const MAX_LISTED = 10_000
/** Name, parameters and type of a property. */
const BEFORE_VALUES = 3

/** @throws CalendarTrouble for an event that is not understood */
export function readEvent(event: ICAL.Component, around: Around): Happening {
  const first = event.getFirstProperty('dtstart')
  if (!first) throw new CalendarTrouble('an event has no start')
  const { wall: start, zone, isDay: isWholeDays } = only(first, around)
  const keyAt = (at: Temporal.PlainDateTime) =>
    isWholeDays ? at.toPlainDate().toString() : String(zone.clock(at, 'from'))
  const excluded = timesOf(event, 'exdate', around)
  const days = new Set(excluded.filter(({ isDay }) => isDay).map(({ wall }) => wall.toPlainDate().toString()))
  const moments = new Set(
    excluded.filter(({ isDay }) => !isDay).map((one) => one.zone.clock(one.wall, 'from')),
  )
  const rangeAt = lengthOf(event, { start, zone, isWholeDays }, around)
  return {
    uid: String(event.getFirstPropertyValue('uid') ?? ''),
    isCancelled: String(event.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED',
    ...{ start, zone, isWholeDays },
    rules: event.getAllProperties('rrule').flatMap((property) => {
      const rule = property.getFirstValue()
      return rule instanceof ICAL.Recur ? [rule] : []
    }),
    more: timesOf(event, 'rdate', around).map(({ wall }) => wall),
    isExcluded: (at) => days.has(at.toPlainDate().toString()) || moments.has(zone.clock(at, 'from')),
    ...replacedBy(event, around),
    keyAt,
    rangeAt,
  }
}

function replacedBy(event: ICAL.Component, around: Around): { replaces?: string } {
  const property = event.getFirstProperty('recurrence-id')
  if (!property) return {}
  if (property.getFirstParameter('range'))
    throw new CalendarTrouble('an event changes all later repetitions (RANGE), which is not understood')
  const { wall, zone, isDay } = only(property, around)
  return { replaces: isDay ? wall.toPlainDate().toString() : String(zone.clock(wall, 'from')) }
}

/** From a start to the range that the event takes then. */
function lengthOf(
  event: ICAL.Component,
  { start, zone, isWholeDays }: Pick<Happening, 'start' | 'zone' | 'isWholeDays'>,
  around: Around,
): (start: Temporal.PlainDateTime) => Range {
  const summary = event.getFirstPropertyValue('summary')
  const title = summary === null ? undefined : clip(String(summary))
  const ending = event.getFirstProperty('dtend')
  const duration = event.getFirstPropertyValue('duration')
  if (isWholeDays) {
    const days = ending
      ? start.toPlainDate().until(only(ending, around).wall.toPlainDate()).days
      : duration instanceof ICAL.Duration
        ? Math.ceil(duration.toSeconds() / 86_400)
        : 1
    requireLength(days)
    return (at) => {
      const day = at.toPlainDate()
      const to = startOfDay(day.add({ days }), around.timeZone)
      return { from: startOfDay(day, around.timeZone), to, title }
    }
  }
  const end = ending && only(ending, around)
  const lengthMs = end
    ? end.zone.clock(end.wall, 'to') - zone.clock(start, 'from')
    : duration instanceof ICAL.Duration
      ? duration.toSeconds() * 1000
      : 0
  requireLength(lengthMs)
  const shown = end?.zone === zone ? start.until(end.wall) : undefined
  return (at) => {
    const from = zone.clock(at, 'from')
    // By the standard each repetition is as long as the first; programs show the same end on the clock. The later counts.
    const shownEnd = shown ? zone.clock(at.add(shown), 'to') : from
    return { from, to: Math.max(from + lengthMs, shownEnd), title }
  }
}

function requireLength(length: number): void {
  if (length < 0) throw new CalendarTrouble('an event ends before it starts')
}

function only(property: ICAL.Property, around: Around): When {
  const [first] = whensOf(property, around)
  if (!first) throw new CalendarTrouble('an event has a time that is none')
  return first
}

function timesOf(event: ICAL.Component, name: string, around: Around): When[] {
  const properties = event.getAllProperties(name)
  // Counted as they are written: to read them takes seconds.
  const count = properties.reduce((sum, { jCal }) => sum + Object(jCal).length - BEFORE_VALUES, 0)
  if (count > MAX_LISTED) throw new CalendarTrouble(`an event lists more than ${MAX_LISTED} times`)
  return properties.flatMap((property) => whensOf(property, around))
}

function whensOf(property: ICAL.Property, { zones, timeZone }: Around): When[] {
  const tzid = property.getFirstParameter('tzid')
  return property.getValues().map((value: unknown) => {
    if (!(value instanceof ICAL.Time)) throw new CalendarTrouble('an event has a time that is none')
    const { year, month, day, hour, minute, second, isDate } = value
    const isUtc = value.zone === ICAL.Timezone.utcTimezone
    const zone = zones.find(isUtc ? 'UTC' : tzid || timeZone)
    return { wall: toWall([year, month, day, hour, minute, second]), zone, isDay: isDate }
  })
}

function toWall([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]) {
  try {
    // A leap second is the end of its minute.
    return Temporal.PlainDateTime.from(
      { year, month, day, hour, minute, second: Math.min(second, 59) },
      { overflow: 'reject' },
    )
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new CalendarTrouble('an event has a date that does not exist')
  }
}

/** One line of plain text: it is shown wherever the range holds something back. */
function clip(text: string): string {
  const plain = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return plain.length > MAX_TITLE_LENGTH ? `${plain.slice(0, MAX_TITLE_LENGTH)}…` : plain
}

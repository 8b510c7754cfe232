/**
 * What a file of iCalendar (RFC 5545) closes. Every event that is not cancelled counts, also one that is marked as
 * free, as calendars mark holidays. What is not understood makes the whole file one that cannot tell.
 */
import ICAL from 'ical.js'
import { Temporal } from 'temporal-polyfill'
import { CalendarTrouble } from './calendar-trouble.ts'
import { type Happening, readEvent } from './ics-event.ts'
import { expandRule } from './ics-rule.ts'
import { Zones } from './ics-zones.ts'
import type { Horizon, Range } from './ranges.ts'

const MAX_EVENTS = 10_000
const MAX_RANGES = 100_000

export interface IcsOptions {
  /** For whole days, and for times that name no zone. */
  timeZone: string
  horizon: Horizon
  /** Throws when it has taken too long. */
  keepTime(): void
}

/**
 * An event that takes no time closes nothing.
 * @throws CalendarTrouble for what cannot be taken at its word
 */
export function readIcs(text: string, options: IcsOptions): Range[] {
  const closed: Range[] = []
  for (const calendar of parse(text)) {
    // Cancels what another file said.
    if (calendar.getFirstPropertyValue('method') === 'CANCEL') continue
    const zones = new Zones(calendar)
    const events = eventsOf(calendar)
    if (events.length > MAX_EVENTS) throw new CalendarTrouble(`it has more than ${MAX_EVENTS} events`)
    const happenings = events.map((event) => {
      options.keepTime()
      return readEvent(event, { zones, timeZone: options.timeZone })
    })
    for (const series of groupSeries(happenings)) {
      options.keepTime()
      closed.push(...expandSeries(series, options).filter(({ from, to }) => from < to))
      if (closed.length > MAX_RANGES)
        throw new CalendarTrouble(`its events repeat more than ${MAX_RANGES} times`)
    }
  }
  return closed
}

/** Each without its calendar: the library would look through all of them for the zone of each time, which we find. */
function eventsOf(calendar: ICAL.Component): ICAL.Component[] {
  const [, , inner]: unknown[] = calendar.jCal
  const all: unknown[] = Array.isArray(inner) ? inner : []
  return all.flatMap((one) => (Array.isArray(one) && one[0] === 'vevent' ? [new ICAL.Component(one)] : []))
}

/** The parser takes what it can; a file that was cut off, or is a page that says "sign in", must not look empty. */
function parse(text: string): ICAL.Component[] {
  const plain = text.replace(/^\uFEFF/, '').trim()
  if (!/^BEGIN:VCALENDAR\s/i.test(plain)) throw new CalendarTrouble('it is not a file of iCalendar')
  if (!/\sEND:VCALENDAR$/i.test(plain)) throw new CalendarTrouble('it ends too early')
  try {
    const parsed: unknown = ICAL.parse(plain)
    const all = Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed : [parsed]
    return all.map((jCal) => new ICAL.Component(jCal))
  } catch (error) {
    throw new CalendarTrouble('it is not valid iCalendar (RFC 5545)', { cause: error })
  }
}

interface Series {
  master?: Happening
  /** What takes the place of one repetition. */
  changed: Happening[]
}

function groupSeries(happenings: readonly Happening[]): Series[] {
  const series: Series[] = []
  const byUid = new Map<string, Series>()
  const ofUid = (uid: string) => {
    const found = byUid.get(uid) ?? { changed: [] }
    if (!byUid.has(uid)) series.push(found)
    byUid.set(uid, found)
    return found
  }
  for (const one of happenings) {
    const group = ofUid(one.uid)
    if (one.replaces !== undefined) group.changed.push(one)
    // Two events with one UID are no valid file; neither of them is lost.
    else if (group.master) series.push({ master: one, changed: [] })
    else group.master = one
  }
  return series
}

function expandSeries({ master, changed }: Series, { horizon }: IcsOptions): Range[] {
  const replaced = new Set(changed.map(({ replaces }) => replaces))
  const starts = master ? startsOf(master, horizon) : []
  const kept = starts.filter((start) => !replaced.has(master?.keyAt(start)))
  return [
    ...(master && !master.isCancelled ? kept.map((start) => master.rangeAt(start)) : []),
    ...changed.filter((one) => !one.isCancelled).map((one) => one.rangeAt(one.start)),
  ].filter(({ from, to }) => to >= horizon.from && from <= horizon.to)
}

/** Each start of a series on its own clock. */
function startsOf(event: Happening, horizon: Horizon): Temporal.PlainDateTime[] {
  const { start, zone, rules, more } = event
  const lengthMs = Math.max(0, event.rangeAt(start).to - event.rangeAt(start).from)
  const between = {
    from: zone.wallAt(horizon.from - lengthMs),
    to: zone.wallAt(horizon.to),
  }
  const starts = [start, ...more, ...rules.flatMap((rule) => expandRule(rule, event, between))]
  const each = new Map(starts.map((one) => [one.toString(), one]))
  return [...each.values()].filter(
    (one) => !event.isExcluded(one) && Temporal.PlainDateTime.compare(one, between.to) <= 0,
  )
}

/** What the time zones of an iCalendar file mean: names of IANA, names of Windows, and rules of the file itself. */
import ICAL from 'ical.js'
import type { Temporal } from 'temporal-polyfill'
import { findIana } from 'windows-iana'
import { CalendarTrouble } from './calendar-trouble.ts'
import { clockOf, findTimeZone, type LocalClock, wallOf } from './local-times.ts'

const MAX_REMEMBERED = 1_000

export interface Zone {
  clock: LocalClock
  /** What the clock shows at this moment. */
  wallAt(ms: number): Temporal.PlainDateTime
}

/** Finds zones by their TZID, each once. `fallback`: for times that name none. */
export class Zones {
  readonly #known = new Map<string, Zone>()
  readonly #calendar: ICAL.Component

  constructor(calendar: ICAL.Component) {
    this.#calendar = calendar
  }

  /** @throws CalendarTrouble for a name that neither this machine nor the file explains */
  find(tzid: string): Zone {
    const known = this.#known.get(tzid)
    if (known) return known
    const name = nameOf(tzid)
    const zone = withMemory(name === undefined ? this.#ofFile(tzid) : zoneOf(name))
    this.#known.set(tzid, zone)
    return zone
  }

  #ofFile(tzid: string): Zone {
    const component = this.#calendar
      .getAllSubcomponents('vtimezone')
      .find((one) => one.getFirstPropertyValue('tzid') === tzid)
    if (!component) throw new CalendarTrouble(`it names the time zone ${clip(tzid)}, which is not known`)
    requirePlainRules(component, tzid)
    const zone = new ICAL.Timezone({ component, tzid })
    const clock: LocalClock = ({ year, month, day, hour, minute, second }) =>
      new ICAL.Time({ year, month, day, hour, minute, second, isDate: false }, zone).toUnixTime() * 1000
    return {
      clock,
      wallAt: (ms) => {
        const utc = wallOf(ms, 'UTC')
        const { year, month, day, hour, minute, second } = utc
        const time = new ICAL.Time(
          { year, month, day, hour, minute, second, isDate: false },
          ICAL.Timezone.utcTimezone,
        )
        return utc.add({ seconds: zone.utcOffset(time.convertToZone(zone)) })
      },
    }
  }
}

/** The bounds of what is read are asked for again and again. */
function withMemory({ clock, wallAt }: Zone): Zone {
  const known = new Map<number, Temporal.PlainDateTime>()
  return {
    clock,
    wallAt: (ms) => {
      const wall = known.get(ms) ?? wallAt(ms)
      if (known.size < MAX_REMEMBERED) known.set(ms, wall)
      return wall
    },
  }
}

function zoneOf(timeZone: string): Zone {
  return { clock: clockOf(timeZone), wallAt: (ms) => wallOf(ms, timeZone) }
}

/** `Europe/Berlin`, `/example.org/Europe/Berlin` as some programs write it, `W. Europe Standard Time` of Windows. */
function nameOf(tzid: string): string | undefined {
  const parts = tzid.split('/').filter((part) => part !== '')
  const tails = tzid.startsWith('/') ? [3, 2].map((count) => parts.slice(-count).join('/')) : []
  const [windows] = findIana(tzid)
  return [tzid, ...tails, ...(windows === undefined ? [] : [windows])].map(findTimeZone).find(Boolean)
}

/** Rules as calendars write them. The library would look for ever for a day that does not exist. */
function requirePlainRules(component: ICAL.Component, tzid: string): void {
  for (const part of component.getAllSubcomponents()) {
    for (const property of part.getAllProperties('rrule')) {
      const rule = property.getFirstValue()
      if (!(rule instanceof ICAL.Recur)) throw new CalendarTrouble('a time zone has a rule that is no rule')
      const parts = Object.keys(rule.parts)
      const isPlain = parts.length === 2 && parts.includes('BYMONTH') && parts.includes('BYDAY')
      if (rule.freq !== 'YEARLY' || !isPlain || !rule.parts.BYDAY?.every(isPlainDay))
        throw new CalendarTrouble(`the rules of its time zone ${clip(tzid)} are not understood`)
    }
  }
}

function isPlainDay(day: unknown): boolean {
  return typeof day === 'string' && /^[+-]?[1-4]?(?:MO|TU|WE|TH|FR|SA|SU)$/.test(day)
}

function clip(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 60)
}

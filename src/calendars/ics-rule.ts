/** When a rule of iCalendar repeats, within bounds. */
import ICAL from 'ical.js'
import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { CalendarTrouble } from './calendar-trouble.ts'
import type { Zone } from './ics-zones.ts'

/** A rule is followed from its start on: this many days are 27 years. */
const MAX_REPETITIONS = 10_000
/** The library makes every combination of these before it counts any. */
const MAX_IN_A_DAY = 48
const MAX_LISTED = 500

/** Each start by this rule, on the clock of the event: what it shows is what the rule counts by. */
export function expandRule(
  rule: ICAL.Recur,
  { start, zone }: { start: Temporal.PlainDateTime; zone: Zone },
  between: { from: Temporal.PlainDateTime; to: Temporal.PlainDateTime },
): Temporal.PlainDateTime[] {
  if (rule.freq === 'SECONDLY' || rule.freq === 'MINUTELY')
    throw new CalendarTrouble('an event repeats each minute or more often')
  requireFew(rule)
  const until = rule.until === null || rule.until === undefined ? '' : `;UNTIL=${wallUntil(rule.until, zone)}`
  const text = rule.toString().replace(/;?UNTIL=[^;]*/, '')
  const [from, to] = [between.from, between.to].map((wall) => wall.toZonedDateTime('UTC')) as [
    Temporal.ZonedDateTime,
    Temporal.ZonedDateTime,
  ]
  try {
    const rules = new RRuleTemporal({
      rruleString: `DTSTART:${stamp(start)}\nRRULE:${text}${until}`,
      maxIterations: MAX_REPETITIONS,
    })
    return rules.between(from, to, true).map((one) => wallFrom(one.epochMilliseconds))
  } catch (error) {
    throw new CalendarTrouble('an event repeats by a rule that is not understood, or too often', {
      cause: error,
    })
  }
}

function requireFew({ parts }: ICAL.Recur): void {
  const lengthOf = (list: unknown) => (Array.isArray(list) ? list.length : 1)
  const inADay = [parts.BYHOUR, parts.BYMINUTE, parts.BYSECOND].map(lengthOf)
  const listed = Object.values(parts).reduce((sum, list) => sum + lengthOf(list), 0)
  if (inADay.reduce((product, count) => product * count, 1) > MAX_IN_A_DAY || listed > MAX_LISTED)
    throw new CalendarTrouble('an event repeats too often within a day')
}

/** The end of a rule is a moment, and the rule is followed on the clock of the event. */
function wallUntil(until: ICAL.Time, zone: Zone): string {
  const { year, month, day, hour, minute, second, isDate } = until
  const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second })
  if (isDate) return stamp(wall.with({ hour: 23, minute: 59, second: 59 }))
  if (until.zone !== ICAL.Timezone.utcTimezone) return stamp(wall)
  return stamp(zone.wallAt(wall.toZonedDateTime('UTC').epochMilliseconds))
}

function stamp(wall: Temporal.PlainDateTime): string {
  return `${wall.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')}Z`
}

function wallFrom(ms: number): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO('UTC').toPlainDateTime()
}

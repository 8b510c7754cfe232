/* Files of iCalendar that are small and would keep the process busy for ever: it rotates nothing meanwhile. */
import { expect, test } from 'vitest'
import { readIcs } from '../../src/calendars/ics.ts'

const count = (to: number) => Array.from({ length: to }, (_, at) => at).join()
const horizon = { from: Date.UTC(2026, 8, 1), to: Date.UTC(2028, 11, 1) }

const bombs: [string, string][] = [
  [
    'every second of a year',
    `RRULE:FREQ=YEARLY;BYYEARDAY=${count(366).slice(2)};BYHOUR=${count(24)};BYMINUTE=${count(60)};BYSECOND=${count(60)}`,
  ],
  ['every second of an hour', `RRULE:FREQ=HOURLY;BYMINUTE=${count(60)};BYSECOND=${count(60)}`],
  [
    'lists of hundreds of days',
    `RRULE:FREQ=YEARLY;BYYEARDAY=${count(366).slice(2)};BYSETPOS=${count(366).slice(2)}`,
  ],
  ['a list of starts without end', `RDATE:${Array(20_000).fill('20270101T100000Z').join()}`],
  ['a list of exceptions without end', `EXDATE:${Array(20_000).fill('20270101T100000Z').join()}`],
]

test.each(bombs)('%s is refused before it is followed', (_name, line) => {
  const event = `BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261101T000000Z\r\nDURATION:PT1H\r\n${line}\r\nEND:VEVENT\r\n`
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${event}END:VCALENDAR`
  const read = () => readIcs(text, { timeZone: 'UTC', horizon, keepTime: () => undefined })
  expect(read).toThrow(/too often within a day|lists more than/)
})

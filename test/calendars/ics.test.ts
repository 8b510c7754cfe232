import { describe, expect, it } from 'vitest'
import { readIcs } from '../../src/calendars/ics.ts'
import { apple, event, exchange, google, wrap } from './files.ts'

const horizon = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2028, 0, 1) }

function read(text: string, timeZone = 'UTC'): string[] {
  return readIcs(text, { timeZone, horizon, keepTime: () => undefined })
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to, title }) => `${say(from)}..${say(to)}${title ? ` ${title}` : ''}`)
}

function say(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}

describe('files as programs write them', () => {
  it('Google: whole days that are marked as free, folded lines, a cancelled repetition', () => {
    expect(read(google, 'Europe/Berlin')).toEqual([
      '2026-12-18T23:00..2027-01-05T23:00 Change freeze, year end: no releases without a call to the duty officer',
      '2027-03-26T08:00..2027-03-26T16:00 Payment run',
      '2027-04-30T07:00..2027-04-30T15:00 Payment run',
    ])
  })

  it('Outlook: names of Windows, and times on both sides of a change of the clock', () => {
    expect(read(exchange)).toEqual([
      '2026-10-23T16:00..2026-10-26T06:00 Release weekend',
      '2026-11-20T17:00..2026-11-23T07:00 Release weekend',
    ])
  })

  it('Apple: rules of the file itself, an exception, and one repetition that was moved', () => {
    expect(read(apple)).toEqual([
      '2026-06-01T18:00..2026-06-01T20:00 Maintenance',
      '2026-06-09T17:00..2026-06-09T18:00 Maintenance (moved)',
      '2026-06-22T18:00..2026-06-22T20:00 Maintenance',
    ])
  })
})

describe('single fields', () => {
  const cases: [string, string[], string[]][] = [
    ['a day', ['DTSTART;VALUE=DATE:20260110'], ['2026-01-10T00:00..2026-01-11T00:00']],
    [
      'days with a length',
      ['DTSTART;VALUE=DATE:20260110', 'DURATION:P2D'],
      ['2026-01-10T00:00..2026-01-12T00:00'],
    ],
    ['a length', ['DTSTART:20260110T100000Z', 'DURATION:P1DT2H'], ['2026-01-10T10:00..2026-01-11T12:00']],
    ['neither end nor length: it takes no time', ['DTSTART:20260110T100000Z'], []],
    ['cancelled', ['DTSTART;VALUE=DATE:20260110', 'STATUS:CANCELLED'], []],
    [
      'tentative counts',
      ['DTSTART;VALUE=DATE:20260110', 'STATUS:TENTATIVE'],
      ['2026-01-10T00:00..2026-01-11T00:00'],
    ],
    [
      'an end in another zone',
      ['DTSTART;TZID=Europe/Berlin:20260110T100000', 'DTEND;TZID=America/New_York:20260110T100000'],
      ['2026-01-10T09:00..2026-01-10T15:00'],
    ],
    [
      'the prefix that some programs put before a zone',
      ['DTSTART;TZID=/example.org/2026a/Europe/Berlin:20260110T100000', 'DURATION:PT1H'],
      ['2026-01-10T09:00..2026-01-10T10:00'],
    ],
    [
      'the zone as Outlook shows it',
      ['DTSTART;TZID="W. Europe Standard Time":20260710T100000', 'DURATION:PT1H'],
      ['2026-07-10T08:00..2026-07-10T09:00'],
    ],
    [
      'an exception in UTC of a series elsewhere',
      [
        'DTSTART;TZID=Europe/Berlin:20260110T100000',
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY;COUNT=3',
        'EXDATE:20260111T090000Z',
      ],
      ['2026-01-10T09:00..2026-01-10T10:00', '2026-01-12T09:00..2026-01-12T10:00'],
    ],
    [
      'further dates',
      ['DTSTART:20260110T100000Z', 'DURATION:PT1H', 'RDATE:20260115T100000Z,20260116T100000Z'],
      [
        '2026-01-10T10:00..2026-01-10T11:00',
        '2026-01-15T10:00..2026-01-15T11:00',
        '2026-01-16T10:00..2026-01-16T11:00',
      ],
    ],
    [
      'the end of a rule is a moment: the last evening counts',
      [
        'DTSTART;TZID=America/New_York:20260105T200000',
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY;UNTIL=20260107T010000Z',
      ],
      ['2026-01-06T01:00..2026-01-06T02:00', '2026-01-07T01:00..2026-01-07T02:00'],
    ],
    ['the 29th of February comes every four years', ['DTSTART;VALUE=DATE:20200229', 'RRULE:FREQ=YEARLY'], []],
    [
      'it began long ago and lasts into the time that is read',
      ['DTSTART;VALUE=DATE:20251220', 'DTEND;VALUE=DATE:20260110'],
      ['2025-12-20T00:00..2026-01-10T00:00'],
    ],
    [
      'a day that no month has',
      ['DTSTART;VALUE=DATE:20260201', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'],
      ['2026-02-01T00:00..2026-02-02T00:00'],
    ],
  ]
  it.each(cases)('%s', (_name, lines, expected) => {
    expect(read(wrap(event(lines)))).toEqual(expected)
  })

  it('times without a zone are those of the calendar, and closed is never less than was said', () => {
    const lines = ['DTSTART:20261025T023000', 'DTEND:20261025T024500']
    // 02:30 exists twice that night: from the first to the second one's end.
    expect(read(wrap(event(lines)), 'Europe/Berlin')).toEqual(['2026-10-25T00:30..2026-10-25T01:45'])
  })

  it('two events with one UID are both kept, whatever the UID is', () => {
    const two =
      event(['DTSTART;VALUE=DATE:20260110'], '__proto__') +
      event(['DTSTART;VALUE=DATE:20260210'], '__proto__')
    expect(read(wrap(two))).toHaveLength(2)
  })

  it('a calendar that cancels closes nothing', () => {
    expect(read(wrap(event(['DTSTART;VALUE=DATE:20260110']), 'METHOD:CANCEL\r\n'))).toEqual([])
  })
})

describe('what cannot tell', () => {
  const good = wrap(event(['DTSTART;VALUE=DATE:20260110']))
  const cases: [string, string, RegExp][] = [
    ['a page', '<!doctype html><title>Sign in</title>', /not a file of iCalendar/],
    ['nothing', '', /not a file of iCalendar/],
    ['a file that was cut off', good.slice(0, -20), /ends too early/],
    [
      'an unknown zone',
      wrap(event(['DTSTART;TZID=Moon/Base:20260110T100000'])),
      /Moon\/Base, which is not known/,
    ],
    ['no start', wrap(event(['SUMMARY:x'])), /no start/],
    ['a start that is no time', wrap(event(['DTSTART:tomorrow'])), /./],
    [
      'an end before the start',
      wrap(event(['DTSTART:20260110T100000Z', 'DTEND:20260109T100000Z'])),
      /ends before/,
    ],
    [
      'each second',
      wrap(event(['DTSTART:20260110T100000Z', 'RRULE:FREQ=SECONDLY'])),
      /each minute or more often/,
    ],
    [
      'too often',
      wrap(event(['DTSTART:20200110T100000Z', 'DURATION:PT1M', 'RRULE:FREQ=HOURLY'])),
      /too often/,
    ],
    [
      'all later repetitions changed',
      wrap(event(['DTSTART:20260110T100000Z', 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260110T100000Z'])),
      /RANGE/,
    ],
  ]
  it.each(cases)('%s', (_name, text, expected) => {
    expect(() => read(text)).toThrow(expected)
  })

  it('rules of a time zone that would be followed for ever', () => {
    const zone = `BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
    expect(() => read(wrap(event(['DTSTART;TZID=Mine:20260110T100000']), zone))).toThrow(
      /rules of its time zone/,
    )
  })

  it('more time than there is', () => {
    const text = wrap(
      Array.from({ length: 60 }, (_, at) => event(['DTSTART;VALUE=DATE:20260110'], `e${at}`)).join(''),
    )
    const keepTime = () => {
      throw new RangeError('late')
    }
    expect(() => readIcs(text, { timeZone: 'UTC', horizon, keepTime })).toThrow('late')
  })
})

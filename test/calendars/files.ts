/* Files of iCalendar in the manner of the programs that write most of them. */

const crlf = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`

export function event(lines: readonly string[], uid = 'one@example.org'): string {
  return crlf(['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'])
}

export function wrap(inside: string, before = ''): string {
  return `${crlf(['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN'])}${before}${inside}END:VCALENDAR\r\n`
}

/** Whole days are "free" there, long lines are folded, and the zones are those of IANA. */
export const google = wrap(
  event(
    [
      'DTSTART;VALUE=DATE:20261219',
      'DTEND;VALUE=DATE:20270106',
      'SEQUENCE:0',
      'STATUS:CONFIRMED',
      'SUMMARY:Change freeze\\, year end: no releases without a call to the duty off',
      ' icer',
      'TRANSP:TRANSPARENT',
    ],
    '7kukuqrfedlm2f9t@google.com',
  ) +
    event(
      [
        'DTSTART;TZID=Europe/Berlin:20270226T090000',
        'DTEND;TZID=Europe/Berlin:20270226T170000',
        'RRULE:FREQ=MONTHLY;WKST=MO;COUNT=3;BYDAY=-1FR',
        'SUMMARY:Payment run',
        'TRANSP:OPAQUE',
      ],
      'rec@google.com',
    ) +
    event(
      [
        'RECURRENCE-ID;TZID=Europe/Berlin:20270226T090000',
        'DTSTART;TZID=Europe/Berlin:20270226T090000',
        'DTEND;TZID=Europe/Berlin:20270226T170000',
        'STATUS:CANCELLED',
        'SUMMARY:Payment run',
      ],
      'rec@google.com',
    ),
  crlf([
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'X-WR-CALNAME:Freezes',
    'X-WR-TIMEZONE:Europe/Berlin',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'X-LIC-LOCATION:Europe/Berlin',
    'BEGIN:DAYLIGHT',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'TZNAME:CEST',
    'DTSTART:19700329T020000',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'END:DAYLIGHT',
    'BEGIN:STANDARD',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'TZNAME:CET',
    'DTSTART:19701025T030000',
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    'END:STANDARD',
    'END:VTIMEZONE',
  ]),
)

/** Outlook names its zones as Windows does. */
export const exchange = wrap(
  event(
    [
      'CLASS:PUBLIC',
      'SUMMARY;LANGUAGE=en-us:Release weekend',
      'DTSTART;TZID=W. Europe Standard Time:20261023T180000',
      'DTEND;TZID=W. Europe Standard Time:20261026T070000',
      'RRULE:FREQ=WEEKLY;INTERVAL=4;COUNT=2;BYDAY=FR',
      'X-MICROSOFT-CDO-BUSYSTATUS:FREE',
      'BEGIN:VALARM',
      'TRIGGER:-PT15M',
      'ACTION:DISPLAY',
      'DESCRIPTION:Reminder',
      'END:VALARM',
    ],
    '040000008200E00074C5B7101A82E008',
  ),
  crlf([
    'METHOD:PUBLISH',
    'BEGIN:VTIMEZONE',
    'TZID:W. Europe Standard Time',
    'BEGIN:STANDARD',
    'DTSTART:16010101T030000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
    'END:STANDARD',
    'BEGIN:DAYLIGHT',
    'DTSTART:16010101T020000',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
    'END:DAYLIGHT',
    'END:VTIMEZONE',
  ]),
)

/** A zone that only the file knows. */
export const apple = wrap(
  event(
    [
      'SUMMARY:Maintenance',
      'DTSTART;TZID=Office:20260601T200000',
      'DTEND;TZID=Office:20260601T220000',
      'RRULE:FREQ=WEEKLY;COUNT=4',
      'EXDATE;TZID=Office:20260615T200000',
      'SEQUENCE:1',
    ],
    '5D1C6C50-1C0A-4A0B',
  ) +
    event(
      [
        'SUMMARY:Maintenance (moved)',
        'RECURRENCE-ID;TZID=Office:20260608T200000',
        'DTSTART;TZID=Office:20260609T190000',
        'DTEND;TZID=Office:20260609T200000',
      ],
      '5D1C6C50-1C0A-4A0B',
    ),
  crlf([
    'X-APPLE-CALENDAR-COLOR:#FF2968',
    'BEGIN:VTIMEZONE',
    'TZID:Office',
    'BEGIN:DAYLIGHT',
    'TZOFFSETFROM:+0100',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'DTSTART:19810329T020000',
    'TZNAME:GMT+2',
    'TZOFFSETTO:+0200',
    'END:DAYLIGHT',
    'BEGIN:STANDARD',
    'TZOFFSETFROM:+0200',
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    'DTSTART:19961027T030000',
    'TZNAME:GMT+1',
    'TZOFFSETTO:+0100',
    'END:STANDARD',
    'END:VTIMEZONE',
  ]),
)

/* Dates on which no rotation starts by itself. Whether they exist is checked with the calendar at hand. */
import { z } from 'zod'

const dateText = 'expected a day such as 2026-12-20, or a time such as 2026-12-20T18:00'
const date = z.string({ error: dateText }).regex(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?$/, dateText)

const datesSchema = z.strictObject({
  from: date.describe('first day, or the time from which on it is closed'),
  to: date.describe('last day, which is closed as well, or the time at which it opens again'),
  yearly: z.boolean().default(false).describe('again in each later year'),
  reason: z.string().min(1).max(80).optional().describe('shown where it holds a key back'),
})

export const calendarSchema = z
  .strictObject({
    dates: z.array(datesSchema).max(500).default([]).describe('days and times that are closed'),
    file: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('file of iCalendar (RFC 5545, `.ics`), relative to the config: each of its events is closed'),
    timeZone: z
      .string()
      .default('UTC')
      .describe('IANA name of the time zone of days, and of times that name none'),
    validUntil: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2027-12-31')
      .optional()
      .describe(
        'last day that it speaks of; after it nothing starts by itself, so that an old file is noticed',
      ),
  })
  .refine(({ dates, file }) => dates.length > 0 || file !== undefined, 'expected `dates`, `file` or both')

export type RawCalendar = z.output<typeof calendarSchema>

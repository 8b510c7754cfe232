import { describe, expect, it } from 'vitest'
import { checkDates, expandDates } from '../../src/calendars/dates.ts'

const horizon = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2029, 0, 1) }
const dates = (from: string, to: string, yearly = false) => ({ from, to, yearly })

function expand(from: string, to: string, timeZone = 'UTC', yearly = false): string[] {
  return expandDates(dates(from, to, yearly), timeZone, horizon).map(
    (range) =>
      `${new Date(range.from).toISOString().slice(0, 16)}..${new Date(range.to).toISOString().slice(0, 16)}`,
  )
}

describe('dates', () => {
  it('include the last day', () => {
    expect(expand('2026-12-20', '2027-01-06')).toEqual(['2026-12-20T00:00..2027-01-07T00:00'])
    expect(expand('2026-12-24', '2026-12-24', 'Europe/Berlin')).toEqual([
      '2026-12-23T23:00..2026-12-24T23:00',
    ])
  })

  it('follow the clock of the place through its changes, and close no less than was said', () => {
    expect(expand('2026-03-29', '2026-03-29', 'Europe/Berlin')).toEqual([
      '2026-03-28T23:00..2026-03-29T22:00',
    ])
    // A time that does not exist, and one that exists twice.
    expect(expand('2026-03-29T02:30', '2026-03-29T12:00', 'Europe/Berlin')).toEqual([
      '2026-03-29T00:30..2026-03-29T10:00',
    ])
    expect(expand('2026-10-25T00:00', '2026-10-25T02:30', 'Europe/Berlin')).toEqual([
      '2026-10-24T22:00..2026-10-25T01:30',
    ])
    // A day that begins at one o'clock.
    expect(expand('2026-09-06', '2026-09-06', 'America/Santiago')).toEqual([
      '2026-09-06T04:00..2026-09-07T03:00',
    ])
  })

  it('come again each year, over its end and on the 29th of February', () => {
    expect(expand('2024-12-20', '2025-01-02', 'UTC', true)).toEqual(
      [
        '2025-12-20T00:00..2026-01-03T00:00',
        '2026-12-20T00:00..2027-01-03T00:00',
        '2027-12-20T00:00..2028-01-03T00:00',
        '2028-12-20T00:00..2029-01-03T00:00',
        '2029-12-20T00:00..2030-01-03T00:00',
      ].slice(0, 5),
    )
    expect(expand('2024-02-29', '2024-02-29', 'UTC', true).slice(-2)).toEqual([
      '2028-02-29T00:00..2028-03-01T00:00',
      '2029-02-28T00:00..2029-03-01T00:00',
    ])
    expect(expand('2028-06-01', '2028-06-02', 'UTC', true)[0]).toBe('2028-06-01T00:00..2028-06-03T00:00')
  })

  it.each([
    ['2026-02-30', '2026-03-01', 'from', 'is no date'],
    ['2026-02-01', '2026-13-01', 'to', 'is no date'],
    ['2026-02-01T25:00', '2026-02-02T00:00', 'from', 'is no date'],
    ['2026-02-02', '2026-02-01', 'to', 'is not after'],
    ['2026-02-02T10:00', '2026-02-02T10:00', 'to', 'is not after'],
    ['2026-02-02', '2026-02-02T10:00', 'to', 'another form'],
  ])('refuses %s to %s', (from, to, at, message) => {
    expect(checkDates(dates(from, to))).toEqual({ at, message: expect.stringContaining(message) })
  })

  it('refuses years that run into each other', () => {
    expect(checkDates(dates('2026-01-01', '2026-12-31', true))?.message).toMatch('next year begins before')
    expect(checkDates(dates('2026-01-01', '2026-12-30', true))).toBeUndefined()
  })
})

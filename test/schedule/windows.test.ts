import { describe, expect, it } from 'vitest'
import { nextStart } from '../../src/schedule/windows.ts'

const HOUR = 3_600_000
const berlin = { cron: '0 2 * * 2-4', forMs: 3 * HOUR, timeZone: 'Europe/Berlin', longestGapMs: 0 }

describe('a window', () => {
  it('is open from its opening to its end, by the clock of its zone', () => {
    const opening = Date.UTC(2026, 10, 24, 1)
    const nextDay = 24 * HOUR
    expect(
      [-1, 0, 1, 3 * HOUR - 1, 3 * HOUR].map((after) => nextStart(berlin, opening + after) - opening),
    ).toEqual([0, 0, 1, 3 * HOUR - 1, nextDay])
  })

  it('leads over the days on which it does not open', () => {
    const thursdayNoon = Date.UTC(2026, 10, 26, 12)
    expect(new Date(nextStart(berlin, thursdayNoon)).toISOString()).toBe('2026-12-01T01:00:00.000Z')
  })

  it('opens by the summer clock in summer, and once in the night in which the clock goes forward', () => {
    const inJuly = nextStart(berlin, Date.UTC(2026, 6, 6))
    expect(new Date(inJuly).toISOString()).toBe('2026-07-07T00:00:00.000Z')
    const daily = { ...berlin, cron: '30 2 * * *' }
    const inMarch = nextStart(daily, Date.UTC(2026, 2, 29, 0))
    expect(new Date(inMarch).toISOString()).toBe('2026-03-29T01:00:00.000Z')
  })

  it('that is longer than the time between two openings is always open', () => {
    const always = { cron: '0 * * * *', forMs: 2 * HOUR, timeZone: 'UTC', longestGapMs: HOUR }
    const at = Date.UTC(2026, 0, 1, 5, 59, 59, 999)
    expect(nextStart(always, at)).toBe(at)
  })

  it('that never opens again is an error and not a wait for ever', () => {
    const never = { cron: '0 2 31 2 *', forMs: HOUR, timeZone: 'UTC', longestGapMs: 0 }
    expect(() => nextStart(never, 0)).toThrow(RangeError)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Closures, catchUpMsOf } from '../../src/contracts/closures.ts'
import type { RotationWindow } from '../../src/contracts/config.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { findDue } from '../../src/schedule/due.ts'
import { goBackOpen, longestShutMs, nextOpening } from '../../src/schedule/openings.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 11, 1)

function closed(...ranges: readonly [number, number][]): Closures {
  return ranges.map(([from, to]) => ({
    from,
    to,
    why: 'the calendar freeze is closed',
    catchUpMs: catchUpMsOf({ from, to }),
  }))
}

function windowOf(cron: string, forMs: number, timeZone = 'UTC'): RotationWindow {
  return { cron, forMs, timeZone, longestGapMs: DAY }
}

const say = (ms: number) => new Date(ms).toISOString().slice(0, 16)

describe('the next opening', () => {
  const freeze: [number, number] = [Date.UTC(2026, 11, 20), Date.UTC(2027, 0, 7)]

  it('is at once outside of a freeze, and within a day after it inside', () => {
    const hours = { key: 'a', closures: closed(freeze) }
    expect(nextOpening(hours, freeze[0] - 1)).toEqual({ at: freeze[0] - 1 })
    const { at, why } = nextOpening(hours, freeze[0])
    expect(at).toBeGreaterThanOrEqual(freeze[1])
    expect(at).toBeLessThan(freeze[1] + DAY)
    expect(why).toBe('the calendar freeze is closed')
    // The same moment, whenever it is asked for.
    for (const asked of [freeze[0] + DAY, freeze[1] - 1, freeze[1], at - 1])
      expect(nextOpening(hours, asked).at).toBe(at)
    expect(nextOpening(hours, at)).toEqual({ at })
  })

  it('spreads a thousand keys evenly over the catch-up', () => {
    const hours = Array.from({ length: 1_000 }, (_, index) => {
      const { at } = nextOpening({ key: `key-${index}`, closures: closed(freeze) }, freeze[0])
      return Math.floor((at - freeze[1]) / HOUR)
    })
    const counts = Array.from({ length: 24 }, (_, hour) => hours.filter((one) => one === hour).length)
    expect(Math.max(...counts)).toBeLessThan(80)
    expect(Math.min(...counts)).toBeGreaterThan(15)
  })

  it('is in the window that comes after a freeze, in the first half of what is left of it', () => {
    const hours = { key: 'a', window: windowOf('0 2 * * *', 2 * HOUR), closures: closed(freeze) }
    const { at } = nextOpening(hours, freeze[0] + 3 * HOUR)
    expect(at).toBeGreaterThanOrEqual(freeze[1] + 2 * HOUR)
    expect(at).toBeLessThanOrEqual(freeze[1] + 3 * HOUR)
  })

  it('passes a window that lies in a freeze, and one that a freeze inside of it cuts off', () => {
    const window = windowOf('0 2 * * 1', 4 * HOUR)
    const monday = Date.UTC(2026, 11, 7, 2)
    expect(
      say(nextOpening({ key: 'a', window, closures: closed([monday - HOUR, monday + 5 * HOUR]) }, monday).at),
    ).toMatch('2026-12-14T0')
    const inside = closed([monday + HOUR, monday + 2 * HOUR])
    expect(nextOpening({ key: 'a', window, closures: inside }, monday).at).toBe(monday)
    const after = nextOpening({ key: 'a', window, closures: inside }, monday + HOUR)
    expect(after.at).toBeGreaterThanOrEqual(monday + 2 * HOUR)
    expect(after.at).toBeLessThanOrEqual(monday + 3 * HOUR)
  })

  it('follows the clock of the place of the window through its change', () => {
    const window = windowOf('30 2 * * *', HOUR, 'Europe/Berlin')
    const before = Date.UTC(2027, 2, 27, 20)
    const hours = { key: 'a', window, closures: closed([before - DAY, before]) }
    const { at } = nextOpening(hours, before - HOUR)
    // 02:30 does not exist on that day.
    expect(at).toBeGreaterThanOrEqual(Date.UTC(2027, 2, 28, 1))
    expect(at).toBeLessThan(Date.UTC(2027, 2, 28, 2, 30))
  })

  it('never comes where windows and freezes shut each other out, or nothing ends it', () => {
    const days = Array.from({ length: 800 }, (_, day): [number, number] => [
      NOW + day * DAY + HOUR,
      NOW + day * DAY + 5 * HOUR,
    ])
    const window = windowOf('0 2 * * *', HOUR)
    expect(nextOpening({ key: 'a', window, closures: closed(...days) }, NOW).at).toBeGreaterThan(
      NOW + 799 * DAY,
    )
    const endless = closed([NOW, Number.POSITIVE_INFINITY])
    expect(nextOpening({ key: 'a', closures: endless }, NOW).at).toBe(Number.POSITIVE_INFINITY)
    expect(longestShutMs({ window, closures: closed(...days) }).ms).toBeGreaterThan(798 * DAY)
    expect(longestShutMs({ closures: closed(...days) }).ms).toBe(4 * HOUR)
  })
})

describe('time that is open', () => {
  it('is counted back without what is closed', () => {
    const ranges = closed([10, 20], [30, 40])
    expect(goBackOpen(ranges, 50, 5)).toBe(45)
    expect(goBackOpen(ranges, 50, 15)).toBe(25)
    expect(goBackOpen(ranges, 50, 25)).toBe(5)
    expect(goBackOpen(ranges, 35, 5)).toBe(25)
    expect(goBackOpen(closed([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]), 50, 5)).toBe(45)
  })
})

describe('what is due', () => {
  const current = {
    fingerprint: '0011223344556677',
    since: NOW - 90 * DAY,
    sinceFrom: 'rotation' as const,
    adopted: false,
    versions: {},
  }
  const input = { key: 'a', everyMs: 90 * DAY, giveUpMs: HOUR, askBeforeMs: 0, observe: false }
  const record = { ...newRecord('a', 'k7f3'), current }
  const closures = closed([NOW - DAY, NOW + 20 * DAY])

  it('by age waits for the end of a freeze, and says so', () => {
    const judged = findDue(record, { ...input, closures }, NOW)
    expect(judged).toMatchObject({
      due: false,
      reason: 'age',
      why: expect.stringContaining('the calendar freeze'),
    })
    expect(judged.at).toBeGreaterThanOrEqual(NOW + 20 * DAY)
  })

  it('on request does not wait', () => {
    for (const reason of ['asked', 'compromised'] as const) {
      const asked = { ...record, request: { reason, at: NOW } }
      expect(findDue(asked, { ...input, closures }, NOW)).toMatchObject({ due: true, reason })
    }
  })

  it('by expiry comes before a freeze, and within it only where the key would not live to its end', () => {
    const expiring = (days: number) => ({
      ...record,
      current: { ...current, since: NOW, expiresAt: NOW + days * DAY },
    })
    const later = closed([NOW + 10 * DAY, NOW + 30 * DAY])
    const judged = findDue(expiring(31), { ...input, closures: later }, NOW)
    expect(judged).toMatchObject({ due: false, reason: 'expiry' })
    const plain = findDue(expiring(31), input, NOW)
    expect(plain.at).toBeGreaterThan(NOW + 15 * DAY)
    expect(findDue(expiring(15), { ...input, closures }, NOW + 12 * DAY)).toMatchObject({
      due: true,
      reason: 'expiry',
    })
  })

  it('by expiry is not hidden behind an age that is held back', () => {
    const old = { ...record, current: { ...current, since: NOW - 100 * DAY, expiresAt: NOW + 10 * DAY } }
    const before = findDue(old, { ...input, closures }, NOW - DAY)
    expect(before.reason).toBe('expiry')
    expect(before.at).toBeLessThan(NOW + 10 * DAY)
  })

  it('is held by a calendar that cannot tell, but not until the key is dead', () => {
    const unknown = closed([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(findDue(record, { ...input, closures: unknown }, NOW)).toMatchObject({
      due: false,
      at: null,
      reason: 'age',
    })
    const expiring = { ...record, current: { ...current, since: NOW, expiresAt: NOW + HOUR } }
    expect(findDue(expiring, { ...input, closures: unknown }, NOW + HOUR / 2)).toMatchObject({
      due: true,
      reason: 'expiry',
    })
  })
})

describe('pauses', () => {
  const current = {
    fingerprint: '0011223344556677',
    since: NOW - 100 * DAY,
    sinceFrom: 'rotation' as const,
    adopted: false,
    versions: {},
  }
  const input = { key: 'a', everyMs: 90 * DAY, giveUpMs: HOUR, askBeforeMs: 0, observe: false }
  const record = { ...newRecord('a', 'k7f3'), current }
  const paused = { at: NOW - DAY, by: 'ann', until: NOW + DAY, reason: 'move' }

  it.each([
    ['of a key', { ...record, paused }, input],
    ['of all keys', record, { ...input, pausedAll: paused }],
  ])('%s end by themselves, each key at a moment of its own within two days', (_name, its, given) => {
    const judged = findDue(its, given, NOW)
    expect(judged).toMatchObject({ due: false, why: expect.stringContaining('ann: move') })
    expect(judged.at).toBeGreaterThanOrEqual(NOW + DAY)
    expect(judged.at).toBeLessThan(NOW + 2 * DAY)
    expect(findDue(its, given, NOW + 2 * DAY).due).toBe(true)
  })

  it('without an end hold all that nobody asks for, and tell of a key that expires', () => {
    const { until: _, ...endless } = paused
    const its = { ...record, current: { ...current, expiresAt: NOW + DAY } }
    const judged = findDue(its, { ...input, pausedAll: endless }, NOW)
    expect(judged).toMatchObject({ due: false, at: null, why: expect.stringContaining('expires at') })
    const asked = { ...its, request: { reason: 'asked' as const, at: NOW } }
    expect(findDue(asked, { ...input, pausedAll: endless }, NOW).due).toBe(true)
  })
})

it('never starts by itself within closed times, nor outside of its window', () => {
  const ranges = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 })
    .map((gaps) => {
      let at = NOW
      return closed(
        ...gaps.map(([gap, length]): [number, number] => {
          const from = at + gap * HOUR
          at = from + length * HOUR
          return [from, at]
        }),
      )
    })
  const windows = fc.constantFrom(
    undefined,
    windowOf('0 2 * * *', 3 * HOUR, 'Europe/Berlin'),
    windowOf('30 22 * * 1-5', 8 * HOUR, 'America/New_York'),
    windowOf('0 9 1 * *', DAY),
  )
  fc.assert(
    fc.property(
      ranges,
      windows,
      fc.integer({ min: 0, max: 6_000 }),
      fc.string(),
      (closures, window, hours, key) => {
        const asked = NOW + hours * HOUR
        const { at } = nextOpening({ key, window, closures }, asked)
        expect(at).toBeGreaterThanOrEqual(asked)
        expect(closures.some(({ from, to }) => at >= from && at < to)).toBe(false)
        if (window) expect(nextOpening({ key, window }, at).at).toBe(at)
        // Whoever asks then is told the same.
        expect(nextOpening({ key, window, closures }, at).at).toBe(at)
      },
    ),
    { numRuns: 300 },
  )
})

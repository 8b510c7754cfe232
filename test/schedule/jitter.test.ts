import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fractionOf } from '../../src/contracts/spread.ts'
import { jitterMs, spreadSince } from '../../src/schedule/jitter.ts'

const DAY = 86_400_000
const siblings = Array.from({ length: 1000 }, (_, at) => `renderer-${at}`)

describe('the fraction of a name', () => {
  it('stays what it is in every release', () => {
    const fractions = ['', 'a', 'renderer-prod'].map((name) => fractionOf(name).toFixed(9))
    expect(fractions).toEqual(['0.668922188', '0.103526217', '0.230889798'])
  })

  it('spreads siblings evenly', () => {
    const tenths = new Map<number, number>()
    for (const name of siblings) {
      const tenth = Math.floor(fractionOf(name) * 10)
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1)
    }
    expect([...tenths.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const count of tenths.values()) expect(count).toBeGreaterThan(60)
  })
})

describe('jitter and spread', () => {
  it('are within a twentieth of `every`, a day at most, and never later', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3650 * DAY }), (name, everyMs) => {
        const jitter = jitterMs(name, everyMs)
        expect(jitter).toBeGreaterThanOrEqual(0)
        expect(jitter).toBeLessThanOrEqual(Math.min(everyMs / 20, DAY))
      }),
    )
  })

  it('give an adopted key an age below `every`, so that none is due at once', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3650 * DAY }), (name, everyMs) => {
        const since = spreadSince(name, everyMs, 1e12)
        expect(since).toBeLessThanOrEqual(1e12)
        expect(since + everyMs).toBeGreaterThan(1e12)
      }),
    )
  })

  it('let no minute see many of a thousand adopted siblings', () => {
    const minutes = new Map<number, number>()
    for (const name of siblings) {
      const minute = Math.floor(spreadSince(name, 90 * DAY, 1e12) / 60_000)
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
    }
    expect(Math.max(...minutes.values())).toBeLessThanOrEqual(3)
  })
})

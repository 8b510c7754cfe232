import { describe, expect, test } from 'vitest'
import { countFalseAlarms, readingsUntilFound } from './measure.ts'
import { KINDS, makeTraffic, YEAR } from './traffic.ts'

/*
 * A small part of what test/bench/usage.ts measures. Everything follows from the seeds, so that this fails only when the
 * judgement changes.
 */

const SEEDS = [101, 202, 303, 404]
const HALF_YEAR = YEAR / 2

test('at most one false alarm a key and year', () => {
  const alarms = KINDS.flatMap((kind) =>
    SEEDS.slice(0, 3).map((seed) => countFalseAlarms(makeTraffic(seed, HALF_YEAR, kind), 96)),
  )
  const aYear = (2 * alarms.reduce((sum, one) => sum + one, 0)) / alarms.length
  expect(aYear).toBeLessThanOrEqual(1)
})

describe('five times as much for an hour', () => {
  const found = SEEDS.flatMap((seed) =>
    (['office', 'people', 'steady'] as const).flatMap((kind) =>
      [1, 2, 3, 4, 5].map((other) => readingsUntilFound(makeTraffic(seed, 336 * 8, kind), seed + other, 5)),
    ),
  ).filter((readings) => readings !== null)

  test('there are enough of them', () => expect(found.length).toBeGreaterThan(20))

  test('is found within two readings', () => {
    const inTime = found.filter((readings) => readings === 1 || readings === 2)
    expect(inTime.length / found.length).toBeGreaterThanOrEqual(0.95)
  })

  test('and as much as always is not found', () => {
    const none = SEEDS.map((seed) => readingsUntilFound(makeTraffic(seed, 336 * 8, 'steady'), seed, 1))
    expect(none.filter((readings) => readings)).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDurationMs } from '../../src/contracts/duration.ts'
import { pauseAfterFailureMs, retryCyclesMs } from '../../src/contracts/retry-cycle.ts'

const HOUR = 3_600_000

describe('durations', () => {
  it('are a whole number and a unit', () => {
    const texts = ['500ms', '30s', '15m', '24h', '90d', '2w']
    expect(texts.map(parseDurationMs)).toEqual([
      500,
      30_000,
      900_000,
      24 * HOUR,
      90 * 24 * HOUR,
      14 * 24 * HOUR,
    ])
  })

  it.each(['', '1', 's', '1.5h', '-1s', '1 s', '1S', '1h30m', '1y', '1000000000s', ' 1s'])(
    'are not %j',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(RangeError)
    },
  )

  it('read back as they were printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (durationMs) => {
        expect(parseDurationMs(formatDuration(durationMs))).toBe(durationMs)
      }),
    )
    expect([0, 1, 1000, 90_000, 24 * HOUR, 14 * 24 * HOUR].map(formatDuration)).toEqual([
      '0s',
      '1ms',
      '1s',
      '90s',
      '1d',
      '14d',
    ])
  })
})

describe('retry cycles', () => {
  it('pause as long as the key was due already, an hour to a day', () => {
    expect([-1, 0, HOUR, 5 * HOUR, 100 * HOUR].map(pauseAfterFailureMs)).toEqual([
      HOUR,
      HOUR,
      HOUR,
      5 * HOUR,
      24 * HOUR,
    ])
  })

  it('are three rotations with their pauses, or with the waits for their windows', () => {
    expect(retryCyclesMs({ giveUpMs: 0 })).toBe(4 * HOUR)
    expect(retryCyclesMs({ giveUpMs: 24 * HOUR })).toBe(144 * HOUR)
    expect(retryCyclesMs({ giveUpMs: HOUR, longestGapMs: 168 * HOUR })).toBe(507 * HOUR)
  })
})

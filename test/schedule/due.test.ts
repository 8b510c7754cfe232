import { describe, expect, it } from 'vitest'
import type { CurrentKey, KeyRecord, Rotation } from '../../src/contracts/record.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { retryCyclesMs } from '../../src/contracts/retry-cycle.ts'
import { findDue } from '../../src/schedule/due.ts'
import { jitterMs } from '../../src/schedule/jitter.ts'
import type { DueInput } from '../../src/schedule/policies.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 23, 12)
const EVERY = 90 * DAY
const jitter = jitterMs('a', EVERY)

const input: DueInput = { key: 'a', everyMs: EVERY, giveUpMs: HOUR, askBeforeMs: 0, observe: false }
const first: DueInput = { ...input, first: true }

function recordOf(current: Partial<CurrentKey> | null, more: Partial<KeyRecord> = {}): KeyRecord {
  const key: CurrentKey = {
    fingerprint: '0011223344556677',
    since: NOW,
    sinceFrom: 'rotation',
    adopted: false,
    versions: {},
    ...current,
  }
  return { ...newRecord('a', 'k7f3'), current: current && key, ...more }
}

function failed(at: number, end: 'rolled-back' | 'not-started' = 'rolled-back') {
  return { id: 'r', end, at, reason: 'age' as const }
}

describe('age', () => {
  it('is due when it is `every` old, less its jitter, and not a millisecond before', () => {
    const record = recordOf({ since: NOW - EVERY + jitter })
    expect(findDue(record, input, NOW)).toEqual({
      due: true,
      reason: 'age',
      at: NOW,
      why: 'it is replaced every 90d',
    })
    expect(findDue(record, input, NOW - 1)).toMatchObject({ due: false, reason: 'age', at: NOW })
  })

  it('asks a person ahead, but never in the first half of the life of a key', () => {
    const record = recordOf({ since: NOW })
    expect(findDue(record, { ...input, askBeforeMs: 7 * DAY }, NOW).at).toBe(NOW + 83 * DAY - jitter)
    expect(findDue(record, { ...input, askBeforeMs: 80 * DAY }, NOW).at).toBe(NOW + 45 * DAY - jitter)
  })
})

describe('expiry', () => {
  it('leaves three whole retry cycles before the end', () => {
    const expiresAt = NOW + 40 * DAY
    const judged = findDue(recordOf({ expiresAt }), input, NOW)
    expect(judged).toMatchObject({
      due: false,
      reason: 'expiry',
      at: expiresAt - jitter - retryCyclesMs({ giveUpMs: HOUR }),
    })
  })

  it('does not make a short-lived key due in the moment it was made', () => {
    const judged = findDue(recordOf({ expiresAt: NOW + HOUR }), input, NOW)
    expect(judged).toMatchObject({ due: false, reason: 'expiry', at: NOW + HOUR / 2 })
  })
})

describe('requests', () => {
  it('go before age, compromised before all', () => {
    const old = { since: NOW - 2 * EVERY }
    const asked = recordOf(old, { request: { reason: 'asked', at: NOW } })
    expect(findDue(asked, input, NOW)).toMatchObject({ due: true, reason: 'asked' })
    const leaked = recordOf(old, { request: { reason: 'compromised', at: NOW } })
    expect(findDue(leaked, input, NOW)).toMatchObject({ due: true, reason: 'compromised' })
  })
})

describe('without a date', () => {
  it('a key that does not exist yet is due, as the first one, only where the config says so', () => {
    expect(findDue(recordOf(null), first, NOW)).toMatchObject({ due: true, reason: 'first' })
    expect(findDue(recordOf(null), input, NOW)).toMatchObject({ due: false, at: null })
  })

  it('a key that is only observed never is', () => {
    const record = recordOf({ since: 0 }, { request: { reason: 'compromised', at: NOW } })
    expect(findDue(record, { ...input, observe: true }, NOW)).toMatchObject({ due: false, at: null })
  })

  it('a key that is only observed says what would be due', () => {
    const whyOf = (since: number) => findDue(recordOf({ since }), { ...input, observe: true }, NOW).why
    expect(whyOf(0)).toMatch(/^it is only observed; otherwise a rotation would be due now: /)
    expect(whyOf(NOW)).toMatch(/^it is only observed; otherwise a rotation would be due on \d{4}-\d\d-\d\d: /)
    const paused = recordOf({ since: 0 }, { paused: { at: NOW, by: 'ops' } } as Partial<KeyRecord>)
    expect(findDue(paused, { ...input, observe: true }, NOW).why).toBe('it is only observed')
  })

  it('a key that rotates is not due again', () => {
    const record = recordOf({ since: 0 }, { rotation: { id: '20261123-abcdef' } as Rotation })
    expect(findDue(record, input, NOW)).toMatchObject({ due: false, at: null })
  })
})

describe('what holds a due key back', () => {
  const dueAt = NOW - 10 * DAY
  const old = { since: dueAt - EVERY + jitter }

  it('is the quiet time of the last rotation', () => {
    const record = recordOf(old, { quietUntil: NOW + 5000 })
    expect(findDue(record, input, NOW)).toMatchObject({ due: false, at: NOW + 5000 })
    expect(findDue(record, input, NOW + 5000).due).toBe(true)
  })

  it('is a pause after a failure that doubles from an hour to a day', () => {
    const pauses = [0, HOUR, 2 * HOUR, 4 * HOUR, 16 * HOUR, 5 * DAY].map((dueForMs) => {
      const at = dueAt + dueForMs
      return (findDue(recordOf(old, { last: failed(at) }), input, at).at ?? 0) - at
    })
    expect(pauses).toEqual([HOUR, HOUR, 2 * HOUR, 4 * HOUR, 16 * HOUR, DAY])
  })

  it('is not the last rotation when that was completed', () => {
    const last = { ...failed(NOW), end: 'completed' as const }
    expect(findDue(recordOf(old, { last }), input, NOW).due).toBe(true)
  })

  it('pauses the first key too', () => {
    const record = recordOf(null, { last: failed(NOW, 'not-started') })
    expect(findDue(record, first, NOW)).toMatchObject({ due: false, at: NOW + HOUR })
    expect(findDue({ ...record, lastMark: 7 }, first, NOW).at).toBe(NOW + 7 * HOUR)
  })

  it('does not pause for a person who asked after the failure, but for one who asked before', () => {
    const last = failed(NOW - 60_000)
    const later = recordOf(old, { last, request: { reason: 'asked', at: NOW - 1 } })
    expect(findDue(later, input, NOW).due).toBe(true)
    const before = recordOf(old, { last, request: { reason: 'asked', at: NOW - HOUR } })
    expect(findDue(before, input, NOW).due).toBe(false)
  })
})

describe('a window', () => {
  const window = { cron: '0 2 * * *', forMs: 3 * HOUR, timeZone: 'UTC', longestGapMs: DAY }
  const opening = Date.UTC(2026, 10, 24, 2)
  const old = { since: NOW - 2 * EVERY }

  it('holds a due key until it opens', () => {
    const judged = findDue(recordOf(old), { ...input, window }, NOW)
    expect(judged).toMatchObject({ due: false, at: opening, why: expect.stringContaining('window') })
    expect(findDue(recordOf(old), { ...input, window }, opening).due).toBe(true)
    expect(findDue(recordOf(old), { ...input, window }, opening + 3 * HOUR).due).toBe(false)
  })

  it('tells the first opening after the date of a key that is not due yet', () => {
    const { at } = findDue(recordOf({ since: NOW }), { ...input, window }, NOW)
    expect(new Date(at ?? 0).getUTCHours()).toBe(2)
    expect(at).toBeGreaterThanOrEqual(NOW + EVERY - jitter)
  })

  it('holds neither what a person asked for nor a key that would be dead by then', () => {
    const asked = recordOf(old, { request: { reason: 'asked', at: NOW } })
    expect(findDue(asked, { ...input, window }, NOW).due).toBe(true)
    const dying = recordOf({ since: NOW - DAY, expiresAt: opening - 1 })
    expect(findDue(dying, { ...input, window }, NOW)).toMatchObject({ due: true, reason: 'expiry' })
  })
})

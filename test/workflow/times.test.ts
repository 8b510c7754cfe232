import { expect, test } from 'vitest'
import type { Uptime } from '../../src/contracts/clock.ts'
import type { KeyRecord, Rotation } from '../../src/contracts/record.ts'
import { findWrongTime, restartTimes } from '../../src/workflow/between/times.ts'
import { makeDeployed } from './record.ts'

const NOW = 1_700_000_000_000
const HOUR_MS = 3_600_000

function at(ms: number, boot = 'one'): Uptime {
  return { boot, runMs: ms, upMs: ms }
}

/** A record that was written an hour ago, by clocks that showed one hour. */
function written(changes: Partial<KeyRecord> = {}, uptime: Uptime | null = at(HOUR_MS)): KeyRecord {
  const record = makeDeployed()
  record.rotation = null
  return { ...record, written: { at: NOW - HOUR_MS, uptime }, ...changes }
}

function judge(record: KeyRecord, uptime: Uptime | null = at(2 * HOUR_MS), now = NOW) {
  return findWrongTime(record, record.rotation?.pin ?? null, { now, uptime, leaseMs: 60_000 })
}

test('clocks that agree, and a record that was never written, are believed', () => {
  expect(judge(written())).toBeNull()
  expect(judge({ ...written(), written: null })).toBeNull()
})

test.each([
  ['forward', 3 * HOUR_MS],
  ['back', -30 * 60_000],
])('a clock that was set %s against the steady clocks is found', (way, jumpMs) => {
  expect(judge(written(), at(2 * HOUR_MS), NOW + jumpMs)).toMatchObject({
    jumpMs,
    why: expect.stringContaining(`set ${way}`),
  })
})

test('one of the steady clocks is enough: one stands still while suspended, one starts anew with a container', () => {
  expect(judge(written(), { boot: 'one', runMs: HOUR_MS, upMs: 2 * HOUR_MS })).toBeNull()
  expect(judge(written(), { boot: 'one', runMs: 2 * HOUR_MS, upMs: 5_000 })).toBeNull()
})

test('a leap second, and what clocks gain or lose in ninety days, are no jumps', () => {
  expect(judge(written(), at(2 * HOUR_MS), NOW + 1_000)).toBeNull()
  const days = 90 * 24 * HOUR_MS
  expect(judge(written(), at(HOUR_MS + days), NOW - HOUR_MS + days + 60_000)).toBeNull()
})

test('after a restart, on another machine, and where nothing is shown, a clock that went back is found', () => {
  for (const uptime of [at(5, 'two'), null]) {
    expect(judge(written(), uptime)).toBeNull()
    expect(judge(written(), uptime, NOW - 2 * HOUR_MS)?.jumpMs).toBe(-HOUR_MS)
  }
})

test.each<[string, Partial<KeyRecord>]>([
  ['a quiet time', { quietUntil: NOW + 400 * 24 * HOUR_MS }],
  ['after-care', { afterCare: { until: NOW + 25 * HOUR_MS, forMs: 24 * HOUR_MS, tries: {}, intents: [] } }],
  ['a request', { request: { reason: 'asked', at: NOW + HOUR_MS } }],
  ['a last look', { lookedAt: NOW + HOUR_MS }],
  ['an end', { last: { id: 'r', end: 'completed', at: NOW + HOUR_MS, reason: 'age' } }],
])('%s that cannot be is found without any clock beside ours, and is not afterwards', (_, changes) => {
  const record = written(changes, null)
  expect(judge(record, null)?.why).toContain('a wrong clock wrote it')
  restartTimes(record, null, { now: NOW, leaseMs: 60_000 })
  expect(judge(record, null)).toBeNull()
})

test.each<[string, Partial<Rotation>]>([
  ['an overlap', { overlapUntil: NOW + 2 * HOUR_MS }],
  [
    'a call that may still take effect',
    { revocation: { state: 'answered', landsBy: NOW + HOUR_MS, tries: 1, nextTryAt: 0 } },
  ],
  [
    "a person's deadline",
    { operator: { kind: 'revoke', name: 'x', askedAt: 0, remindAt: 0, deadline: NOW + 2_400 * HOUR_MS } },
  ],
  ['the start of a rotation', { startedAt: NOW + HOUR_MS }],
])('%s that cannot be is found in a running rotation, and is not afterwards', (_, changes) => {
  const record = makeDeployed()
  record.written = { at: NOW - HOUR_MS, uptime: null }
  expect(judge(record, null)).toBeNull()
  if (record.rotation) record.rotation = { ...record.rotation, ...changes }
  expect(judge(record, null)?.why).toContain('a wrong clock wrote it')
  restartTimes(record, record.rotation?.pin ?? null, { now: NOW, leaseMs: 60_000 })
  expect(judge(record, null)).toBeNull()
})

test.each([
  ['ahead', 400 * 24 * HOUR_MS],
  ['behind', -48 * HOUR_MS],
])(
  'an end that the creation of the new key set, counted by a clock that was %s, is where it was meant to be',
  (_, wrongMs) => {
    const record = makeDeployed()
    const { rotation } = record
    if (!rotation?.old) throw new Error('no old key')
    rotation.pin.issuer = {
      ...rotation.pin.issuer,
      lifecycle: 'roll',
      traits: { ...rotation.pin.issuer.traits, oldKeyOnIssue: { diesAfterMs: 48 * HOUR_MS } } as never,
    }
    rotation.old.diesAt = NOW + wrongMs + 47 * HOUR_MS
    restartTimes(record, rotation.pin, { now: NOW, leaseMs: 60_000 }, -wrongMs)
    expect(rotation.old.diesAt).toBe(NOW + 47 * HOUR_MS)
    rotation.old.diesAt = NOW + 400 * 24 * HOUR_MS
    restartTimes(record, rotation.pin, { now: NOW, leaseMs: 60_000 })
    expect(rotation.old.diesAt).toBe(NOW + 48 * HOUR_MS)
  },
)

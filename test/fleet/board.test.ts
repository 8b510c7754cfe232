/* What a record says of a key, what may begin, when a wave is proved, and when the breaker opens. */
import { expect, test } from 'vitest'
import type { Hold, KeyRecord, LastRotation } from '../../src/contracts/record.ts'
import { Board } from '../../src/fleet/board.ts'
import type { Row } from '../../src/fleet/campaign.ts'
import { estimateAll, Pace, rotationMs } from '../../src/fleet/estimate.ts'
import { type Judged, judgeKey, type KeyState } from '../../src/fleet/key-state.ts'
import { makeKey, makePlan, makeRecord, makeRotation, mapOf, rowsOf } from './cases.ts'

const NOW = 1_000_000

function hold(reason: string, about: Partial<Hold> = {}): Hold {
  return { reason, detail: `because of ${reason}`, since: NOW - 500, ...about }
}

function last(about: Partial<LastRotation>): LastRotation {
  return { id: 'r1', end: 'completed', at: NOW, reason: 'asked', campaign: 'c1', ...about }
}

const judgements: [string, Partial<KeyRecord> | null, Partial<Row>, Partial<Judged>][] = [
  ['without a record', null, {}, { state: 'pending' }],
  [
    'with the rotation of somebody else',
    { rotation: makeRotation({ campaign: 'c2' }) },
    {},
    { state: 'pending' },
  ],
  ['under way', { rotation: makeRotation(), wakeAt: 7 }, {}, { state: 'running', nextAt: 7 }],
  ['requested', { request: { reason: 'asked', at: 1, campaign: 'c1' } }, {}, { state: 'running' }],
  ['completed', { last: last({}) }, {}, { state: 'done', rotation: 'r1', at: NOW }],
  [
    'completed, and requested again since the new key leaked too',
    { last: last({}), request: { reason: 'compromised', at: 1, campaign: 'c1' } },
    {},
    { state: 'running' },
  ],
  [
    'rolled back',
    { last: last({ end: 'rolled-back', why: 'it fails' }) },
    {},
    { state: 'failed', why: 'rolled-back: it fails' },
  ],
  [
    'rolled back, which a person knows',
    { last: last({ end: 'rolled-back' }) },
    { acknowledged: 'r1' },
    { state: 'pending' },
  ],
  [
    'rolled back once more',
    { last: last({ id: 'r2', end: 'rolled-back' }) },
    { acknowledged: 'r1' },
    { state: 'failed' },
  ],
  [
    'rotated later by its age',
    { last: last({ id: 'r9', campaign: undefined as never }) },
    { done: 'r1', doneAt: 5 },
    { state: 'done', rotation: 'r1', at: 5 },
  ],
  [
    'noted as done, which no record shows, and failed again',
    { last: last({ end: 'rolled-back' }) },
    { done: 'r0' },
    { state: 'failed' },
  ],
  [
    'blocked',
    { rotation: makeRotation({ standing: 'blocked', hold: hold('drift', { command: 'keyrota resume a' }) }) },
    {},
    { state: 'failed', command: 'keyrota resume a' },
  ],
  [
    'in the overlap',
    { rotation: makeRotation({ standing: 'waiting', hold: hold('overlap') }), wakeAt: 9 },
    {},
    { state: 'overlap', nextAt: 9 },
  ],
  [
    'with a person',
    { rotation: makeRotation({ standing: 'awaiting-operator', hold: hold('operator-creates-key') }) },
    {},
    { state: 'asked' },
  ],
  [
    'held up for a moment',
    { rotation: makeRotation({ standing: 'waiting', hold: hold('target-down') }) },
    {},
    { state: 'running' },
  ],
  [
    'held up for long',
    { rotation: makeRotation({ standing: 'waiting', hold: hold('target-down', { since: NOW - 1_001 }) }) },
    {},
    { state: 'failed', why: 'because of target-down' },
  ],
  [
    'on the way back',
    { rotation: makeRotation({ step: 'rollback', rollback: { why: 'refused', after: 'end' } }) },
    {},
    { state: 'failed' },
  ],
  [
    'on the way to another key',
    { rotation: makeRotation({ step: 'rollback', rollback: { why: 'leaked', after: 'another' } }) },
    {},
    { state: 'running' },
  ],
  ['that could not be begun', null, { refused: 'no key there' }, { state: 'failed', why: 'no key there' }],
  [
    'that nothing is done to',
    { last: last({}) },
    { group: 'left', why: 'observed' },
    { state: 'left', why: 'observed' },
  ],
]

test.each(judgements)('a key %s', (_about, record, row, expected) => {
  const judged = judgeKey({
    campaign: 'c1',
    row: { key: 'a', group: 'auto', ...row },
    record: record ? makeRecord('a', record) : undefined,
    ...{ isInConfig: true, now: NOW, stuckAfterMs: 1_000 },
  })
  expect(judged).toMatchObject(expected)
})

test('a key that the config no longer has is left alone', () => {
  const [row] = rowsOf('a')
  const about = { campaign: 'c1', record: undefined, isInConfig: false, now: NOW, stuckAfterMs: 1 }
  expect(row && judgeKey({ ...about, row })).toMatchObject({ state: 'left' })
})

function makeBoard(names: string, plan: Parameters<typeof makePlan>[0], keys = mapOf([])): Board {
  return new Board(makePlan(plan), rowsOf(...names), keys)
}

function setAll(board: Board, states: Readonly<Record<string, KeyState>>): void {
  for (const [key, state] of Object.entries(states)) board.set(key, { state })
}

const verdicts: [string, number, Record<string, KeyState>, object][] = [
  ['the canary runs', 0, { a: 'running' }, { is: 'going' }],
  ['the canary is done', 0, { a: 'done' }, { is: 'proved' }],
  ['the canary fails', 0, { a: 'failed' }, { is: 'failed', reason: 'canary' }],
  ['the canary lies in its overlap', 0, { a: 'overlap' }, { is: 'going' }],
  ['one key of the wave is not begun', 1, { a: 'done', b: 'done' }, { is: 'going' }],
  ['one failure of a wave', 1, { a: 'done', b: 'done', c: 'failed' }, { is: 'proved' }],
  ['two failures of a wave', 1, { a: 'done', b: 'failed', c: 'failed' }, { is: 'failed', reason: 'breaker' }],
  ['after the last wave', 2, {}, { is: 'proved' }],
]

test.each(verdicts)('%s', (_about, wave, states, expected) => {
  const board = makeBoard('abc', { waves: [1, 3] })
  setAll(board, states)
  expect(board.judgeWave(wave)).toMatchObject(expected)
})

test('failures that a person knows open no breaker, and enough successes keep it shut', () => {
  const board = makeBoard('abcd', { waves: [1, 4], breaker: { ratio: 0.5, least: 1 } })
  setAll(board, { a: 'done', b: 'done', c: 'done', d: 'failed' })
  expect(board.judgeWave(1)).toEqual({ is: 'proved' })
  const even = makeBoard('abcde', { waves: [1, 5], breaker: { ratio: 0.5, least: 1 } })
  setAll(even, { a: 'done', b: 'done', c: 'done', d: 'failed', e: 'failed' })
  // Exactly the ratio is not more than it.
  expect(even.judgeWave(1)).toEqual({ is: 'proved' })
  setAll(board, { b: 'failed', c: 'failed' })
  expect(board.judgeWave(1)).toMatchObject({ is: 'failed' })
  for (const key of 'bcd') board.set(key, { state: 'failed', isAcknowledged: true })
  expect(board.judgeWave(1)).toEqual({ is: 'proved' })
})

test('what may begin keeps to the wave, to what is left of the hour, and to every cap', () => {
  const keys = mapOf([
    makeKey('a'),
    makeKey('b', { issuer: 'x', stores: ['s'], consumers: ['app'] }),
    makeKey('c', { issuer: 'x', stores: ['t'], consumers: ['app'] }),
    makeKey('d', { issuer: 'y', stores: ['s'] }),
    makeKey('e', { issuer: 'z', stores: ['u'], group: 'g' }),
    makeKey('f', { issuer: 'q', stores: ['v'], group: 'g' }),
  ])
  const board = (caps: object) => makeBoard('abcdef', { waves: [1, 6], caps: { atOnce: 10, ...caps } }, keys)
  expect(board({}).startable(0, 9)).toEqual(['a'])
  expect(board({}).startable(1, 3)).toEqual(['a', 'b', 'c'])
  expect(board({ atOnce: 2 }).startable(1, 9)).toEqual(['a', 'b'])
  expect(board({ perIssuer: 1 }).startable(1, 9)).toEqual(['a', 'b', 'd', 'e'])
  expect(board({ perStore: 1 }).startable(1, 9)).toEqual(['a', 'b', 'c', 'e'])
  expect(board({ perConsumer: 1 }).startable(1, 9)).toEqual(['a', 'b', 'd', 'e'])
  const busy = board({ perIssuer: 1 })
  setAll(busy, { a: 'done', b: 'running' })
  expect(busy.startable(1, 9)).toEqual(['d', 'e'])
  setAll(busy, { b: 'overlap' })
  expect(busy.startable(1, 9)).toEqual(['c', 'd', 'e'])
})

test('people are asked once the canary is proved, and are not waited for', () => {
  const rows: Row[] = [...rowsOf('a'), { key: 'p', group: 'people' }, { key: 'l', group: 'left' }]
  const board = new Board(makePlan({ waves: [1] }), rows, mapOf([]))
  board.set('l', { state: 'left' })
  expect(board.startable(0, 9)).toEqual(['a'])
  setAll(board, { a: 'done' })
  expect(board.isOver(1)).toBe(false)
  expect(board.startable(1, 0)).toEqual(['p'])
  setAll(board, { p: 'asked' })
  expect(board.isOver(1)).toBe(true)
  expect(board.counts).toEqual({ done: 1, failed: 0, running: 0, pending: 0, asked: 1, left: 1 })
})

test('the estimate takes the longest of waves, share and limits', () => {
  const plan = makePlan({ waves: [1, 10, 100], caps: { atOnce: 50 } })
  expect(estimateAll(plan, 1_000, 0)).toEqual({ ms: 4_000, by: 'rotation' })
  expect(estimateAll(plan, 1_000, 9_000)).toEqual({ ms: 9_000, by: 'limits' })
  expect(estimateAll({ ...plan, perHour: 25 }, 1_000, 0)).toEqual({ ms: 3 * 3_600_000 + 1_000, by: 'share' })
  const times = { settleMs: 1, revokeSettleMs: 2, storeSettleMs: 4, overlapMs: 8, confirmations: 0 }
  expect(rotationMs({ ...times, hasConsumers: true }) - rotationMs({ ...times, hasConsumers: false })).toBe(
    30_000,
  )
})

test('the time that is left is what the pace of the last minutes says', () => {
  const pace = new Pace(0)
  expect(pace.etaMs(10, null, 5_000)).toBeNull()
  for (let at = 1_000; at <= 10_000; at += 1_000) pace.note(at)
  expect(pace.rate(10_000)).toBe(1)
  expect(pace.etaMs(10, null, 10_000)).toBe(10_000)
  expect(pace.etaMs(100, 25, 10_000)).toBe(3 * 3_600_000)
  expect(pace.etaMs(0, 25, 10_000)).toBe(0)
})

/* Which keys, in which order, in which waves, and how many an hour. */
import { expect, test } from 'vitest'
import { makeBlast } from '../../src/fleet/blast.ts'
import { digestOf } from '../../src/fleet/digest.ts'
import { describeSelection, readNames, type Selection, selectKeys } from '../../src/fleet/selection.ts'
import { perHourOf, roomInHour } from '../../src/fleet/share.ts'
import { orderKeys, waveSizes } from '../../src/fleet/waves.ts'
import { makeKey, makePlan, makeRecord, makeRotation, mapOf, rowsOf } from './cases.ts'

const HOUR_MS = 3_600_000

const keys = mapOf([
  makeKey('a', { owner: 'video', labels: { vendor: 'acme', tier: '1' } }),
  makeKey('b', { owner: 'video', stores: ['aws', 'vault'], labels: { vendor: 'acme' } }),
  makeKey('c', { owner: 'audio', issuer: 'mail', environment: 'test' }),
])

const choices: [string, Selection, string[]][] = [
  ['all', { all: true }, ['a', 'b', 'c']],
  ['an owner', { owner: 'video' }, ['a', 'b']],
  ['a store that is one of several', { store: 'aws' }, ['b']],
  ['an issuer and an owner that have none in common', { issuer: 'mail', owner: 'video' }, []],
  ['two labels', { labels: ['vendor=acme', 'tier=1'] }, ['a']],
  ['names and a label', { names: ['b', 'c'], labels: ['vendor=acme'] }, ['b']],
  ['all and an environment', { all: true, environment: 'test' }, ['c']],
]

test.each(choices)('%s', (_about, selection, expected) => {
  const selected = selectKeys(keys, selection)
  expect('keys' in selected && selected.keys.map(({ name }) => name)).toEqual(expected)
})

const mistakes: [Selection, { what: string; near: string | undefined }[]][] = [
  [{ issuer: 'gatewy' }, [{ what: 'issuer gatewy', near: 'gateway' }]],
  [{ labels: ['vendor=acne'] }, [{ what: 'label vendor=acne', near: 'vendor=acme' }]],
  [{ labels: ['vendor'] }, [{ what: 'label vendor', near: undefined }]],
  [{ names: ['a', 'zzzzzzzz'] }, [{ what: 'key zzzzz… (name 2 of the file)', near: undefined }]],
]

test.each(mistakes)('%o names what no key has', (selection, unknown) => {
  expect(selectKeys(keys, selection)).toEqual({ unknown })
})

test('a list of names may have comments, empty lines and the line ends of Windows', () => {
  expect(readNames('a\r\n\r\n# all of video\n b # the second\n')).toEqual(['a', 'b'])
  expect(describeSelection({ all: true, owner: 'the team', file: 'x', names: [] })).toBe(
    "--all --owner 'the team' --from-file x",
  )
})

const waves: [string[], number, number[]][] = [
  [['1', '10', '50%', '100%'], 100, [1, 10, 50, 100]],
  [['1', '10', '50%', '100%'], 12, [1, 10, 12]],
  [['1', '10', '50%', '100%'], 1, [1]],
  [['1', '10', '50%', '100%'], 0, []],
  [['100%'], 5, [1, 5]],
  [['33%', '100%'], 10, [1, 4, 10]],
]

test.each(waves)('waves %j of %i keys', (sizes, count, expected) => {
  expect(waveSizes(sizes, count)).toEqual(expected)
})

test.each([[['1', '10']], [['0', '100%']], [['101%', '100%']], [['x', '100%']], [['-1', '100%']], [[]]])(
  'waves %j are refused',
  (sizes) => {
    expect(() => waveSizes(sizes, 10)).toThrow(RangeError)
  },
)

test('the key with the fewest consumers goes first, and each issuer shows itself early', () => {
  const many = [
    makeKey('p', { issuer: 'x', consumers: ['one'] }),
    makeKey('q', { issuer: 'x' }),
    makeKey('r', { issuer: 'y', consumers: ['one', 'two'] }),
    makeKey('s', { issuer: 'x', stores: ['aws', 'vault'] }),
  ]
  expect(orderKeys(many).map(({ name }) => name)).toEqual(['q', 'r', 's', 'p'])
  expect(orderKeys(many, 'p').map(({ name }) => name)).toEqual(['p', 'q', 'r', 's'])
})

const now = 10 * HOUR_MS
const rooms: [string, number[], number | null, { room: number; nextAt: number | null }][] = [
  ['nothing has begun', [], 2, { room: 2, nextAt: null }],
  ['one of two', [now - 1], 2, { room: 1, nextAt: null }],
  ['the first of two is long ago', [now - HOUR_MS, now - 5], 2, { room: 1, nextAt: null }],
  ['both have begun', [now - 50, now - 5], 2, { room: 0, nextAt: now - 50 + HOUR_MS }],
  ['more than may', [now - 50, now - 30, now - 5], 2, { room: 0, nextAt: now - 30 + HOUR_MS }],
  ['a clock that was set back', [now + 30, now + 40], 2, { room: 0, nextAt: now + HOUR_MS }],
  ['a broken glass', [now, now, now], null, { room: Number.POSITIVE_INFINITY, nextAt: null }],
]

test.each(rooms)('the share of an hour: %s', (_about, starts, perHour, expected) => {
  expect(roomInHour(starts, perHour, now)).toEqual(expected)
})

test('a share of a small fleet is not less than 25 keys', () => {
  expect([perHourOf(0.25, 10), perHourOf(0.25, 1_000), perHourOf(0.01, 2_600)]).toEqual([25, 250, 26])
})

test('keys that need a person, or that nothing is done to, are told apart', () => {
  const chosen = [
    makeKey('auto', { consumers: ['app'] }),
    makeKey('watched', { observe: true }),
    makeKey('resting'),
    makeKey('stuck'),
    makeKey('typed', { issuer: 'dashboard' }),
  ]
  const records = new Map([
    ['resting', makeRecord('resting', { paused: { at: 0, by: 'ada' } })],
    ['stuck', makeRecord('stuck', { rotation: makeRotation({ standing: 'blocked' }) })],
  ])
  const about = { keys: chosen, records, operators: new Set(['dashboard']) }
  const { blast, rows } = makeBlast({ ...about, isCompromised: false })
  expect(Object.fromEntries(rows.map(({ key, group }) => [key, group]))).toEqual({
    ...{ auto: 'auto', watched: 'left', resting: 'left', stuck: 'people', typed: 'people' },
  })
  expect(blast).toMatchObject({ keys: 5, auto: 1, places: 3, consumers: [{ name: 'app', keys: 1 }] })
  expect(blast.asks.map(({ command }) => command)).toEqual(['keyrota explain stuck', 'keyrota supply typed'])
  // A leak does not wait for the end of a pause.
  const leaked = makeBlast({ ...about, isCompromised: true })
  expect(leaked.rows.find(({ key }) => key === 'resting')?.group).toBe('auto')
})

test('what is approved is the keys, their order and the way', () => {
  const digest = digestOf(makePlan(), rowsOf('a', 'b'))
  expect(digest).toMatch(/^[0-9a-f]{16}$/)
  expect(
    digestOf(makePlan(), [{ ...rowsOf('a')[0], key: 'a', group: 'auto', done: 'r1' }, ...rowsOf('b')]),
  ).toBe(digest)
  const others = [
    digestOf(makePlan(), rowsOf('b', 'a')),
    digestOf(makePlan(), rowsOf('a')),
    digestOf(makePlan({ perHour: 5 }), rowsOf('a', 'b')),
    digestOf(makePlan({ order: { reason: 'asked' } }), rowsOf('a', 'b')),
  ]
  expect(new Set([digest, ...others]).size).toBe(5)
  const mixed = Object.fromEntries(Object.entries(makePlan()).toReversed()) as ReturnType<typeof makePlan>
  expect(digestOf(mixed, rowsOf('a', 'b'))).toBe(digest)
})

/* A run over many keys of which little or nothing is due. */
import { expect, test } from 'vitest'
import type { ViolationKind } from '../../src/contracts/record.ts'
import { resultOf } from '../../src/service/outcome.ts'
import { run } from '../../src/service/run.ts'
import { status } from '../../src/service/status.ts'
import { nextLookAt } from '../../src/workflow/between/next-look.ts'
import { makeRig, type Rig } from '../engine/harness.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** How often each call was made while `work` ran, of the journal and of the providers. */
async function countCalls(rig: Rig, work: (context: Rig['context']) => Promise<unknown>) {
  const calls: Record<string, number> = {}
  await work(
    rig.process((call, go) => {
      calls[call] = (calls[call] ?? 0) + 1
      return go()
    }),
  )
  return calls
}

/** An adopted key that was just looked at. */
async function adopted(): Promise<Rig> {
  const rig = makeRig({ lookEveryMs: 6 * HOUR_MS })
  await run(rig.context)
  return rig
}

test('of a key of which nothing is due nothing is claimed, written or asked', async () => {
  const rig = await adopted()
  expect(await countCalls(rig, run)).toEqual({ 'journal.list': 1 })
})

test('a look that is due reads the targets, claims nothing, and is noted', async () => {
  const rig = await adopted()
  rig.pass(6 * HOUR_MS)
  const revision = (await rig.context.journal.load('video')).revision
  const asked = { 'journal.list': 1, 'journal.holders': 1, 'store.read': 1, 'journal.noteLooks': 1 }
  expect(await countCalls(rig, run)).toEqual(asked)
  expect((await rig.context.journal.load('video')).revision).toBe(revision)
  const [row] = await status(rig.context, [])
  expect(row?.targets[0]?.at).toBe(rig.now())
  expect(await countCalls(rig, run)).toEqual({ 'journal.list': 1 })
})

test('a look that shows something new is taken again under a claim, and recorded', async () => {
  const rig = await adopted()
  rig.write(0, 'a value that somebody else put there')
  expect((await run(rig.context)).attended[0]?.record?.places['store/app-0#KEY']?.holds).toBe('current')
  rig.pass(6 * HOUR_MS)
  const calls = await countCalls(rig, run)
  expect(calls['journal.claim']).toBe(1)
  expect((await rig.record()).places['store/app-0#KEY']?.holds).toBe('foreign')
})

test('what was wrong at the last look is still the result of a run that does not look', async () => {
  const rig = await adopted()
  rig.write(0, 'a value that somebody else put there')
  rig.pass(6 * HOUR_MS)
  await run(rig.context)
  const [idle] = (await run(rig.context)).attended
  expect(idle && resultOf(idle, rig.now())).toBe('needs-person')
})

test('a target that is new in the config, or cannot be read, is not left until the regular look', async () => {
  const rig = await adopted()
  const record = await rig.record()
  const input = {
    key: 'video',
    lookEveryMs: 6 * HOUR_MS,
    policy: rig.key.policy,
    targets: ['store/app-0#KEY'],
  }
  const regular = nextLookAt(record, input)
  expect(regular).toBeGreaterThan(rig.now())
  expect(nextLookAt(record, { ...input, targets: [...input.targets, 'store/new#KEY'] })).toBe(0)
  const unreadable = { 'store/app-0#KEY': { at: 0, holds: 'unreadable' as const } }
  expect(nextLookAt({ ...record, places: unreadable }, input)).toBeLessThan(regular)
  expect(nextLookAt(null, input)).toBe(0)
})

test('looks are spread over the whole of lookEvery by the name, and each key has one in it', () => {
  const rig = makeRig()
  const at = rig.now()
  const record = {
    ...({ places: {}, afterCare: null, last: null, quietUntil: 0 } as object),
    current: {},
    lookedAt: at,
  } as never
  const looks = Array.from({ length: 1_000 }, (_, index) =>
    nextLookAt(record, { key: `key-${index}`, lookEveryMs: DAY_MS, policy: rig.key.policy, targets: [] }),
  )
  for (const look of looks) {
    expect(look).toBeGreaterThan(at)
    expect(look).toBeLessThanOrEqual(at + DAY_MS)
  }
  const perHour = Array.from(
    { length: 24 },
    (_, hour) => looks.filter((look) => Math.ceil((look - at) / HOUR_MS) === hour + 1).length,
  )
  expect(Math.min(...perHour)).toBeGreaterThan(15)
  expect(Math.max(...perHour)).toBeLessThan(75)
})

test('after a rotation the targets are read at the pace of after-care, then at their own', async () => {
  const rig = makeRig({ lookEveryMs: 30 * DAY_MS })
  await rig.rotate()
  const reads: number[] = []
  for (let hour = 0; hour < 48; hour += 1) {
    rig.pass(HOUR_MS)
    const calls = await countCalls(rig, run)
    if (calls['store.read']) reads.push(hour)
  }
  expect(reads.length).toBeGreaterThanOrEqual(23)
  expect(reads.length).toBeLessThanOrEqual(26)
})

test('a dead value that comes back after a rotation is repaired by a run that only looks', async () => {
  const rig = makeRig({ lookEveryMs: 30 * DAY_MS })
  const before = rig.secrets.contentOf('app-0')
  await rig.rotate()
  rig.secrets.foreignWrite('app-0', before)
  rig.pass(HOUR_MS)
  await run(rig.context)
  expect(rig.held()[0]).toBe((await rig.record()).current?.fingerprint)
})

test.each<[ViolationKind, boolean]>([
  ['handed-over', false],
  ['not-retired:store/app-0#KEY', false],
  ['no-way-to-revoke', false],
  ['dead-value:store/app-0#KEY', true],
])(
  'of a key with %s on record alone: claimed at every run is %s; at the next look it is',
  async (kind, isAtOnce) => {
    const rig = await adopted()
    const record = await rig.record()
    record.violations = [{ kind, detail: 'as the test says', since: rig.now() }]
    const claim = await rig.context.journal.claim('video', { holder: 'a test', leaseMs: 1_000 })
    if (claim === 'held') throw new Error('not claimed')
    await rig.context.journal.commit(claim, { record, audit: [] })
    await rig.context.journal.release(claim)
    rig.pass(1_000)
    expect((await countCalls(rig, run))['journal.claim']).toBe(isAtOnce ? 1 : undefined)
    rig.pass(6 * HOUR_MS)
    expect((await countCalls(rig, run))['journal.claim']).toBe(isAtOnce ? undefined : 1)
  },
)

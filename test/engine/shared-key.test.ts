import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { check } from '../../src/service/check.ts'
import { resume } from '../../src/service/resume.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { status } from '../../src/service/status.ts'
import { makeRig } from './harness.ts'
import { addTwin, fieldOf, holdOf, makeTwins, recordOf } from './twins.ts'

test('check says that two keys share one value before anything is done', async () => {
  const rig = await makeTwins()
  const said = (await check(rig.context, [])).filter(({ text }) => text.includes('also the key of'))
  expect(said.map(({ key, level }) => [key, level])).toEqual([
    ['video', 'problem'],
    ['twin', 'problem'],
  ])
  expect(said[0]?.text).toContain('twin')
  const alone = (await check(rig.context, ['video'])).filter(({ text }) => text.includes('also the key of'))
  expect(alone).toHaveLength(1)
})

test.each([
  ['adopted', true],
  ['never looked at', false],
])(
  'a key that another one shares (%s) is not rotated without a word, and nothing is created',
  async (_, isAdopted) => {
    const rig = await makeTwins()
    if (isAdopted) await run(rig.context)
    await rig.run()
    await rotate(rig.context, 'video', {})
    expect(await holdOf(rig)).toMatchObject({
      reason: 'shared-key',
      needs: 'split',
      command: 'keyrota resume video --confirm split',
    })
    expect(rig.space.calls.issue).toBeUndefined()
    expect(rig.live()).toEqual([rig.shared])
  },
)

test('split: each gets a key of its own, and the shared one ends with the last that moves', async () => {
  const rig = await makeTwins()
  await run(rig.context)
  await rotate(rig.context, 'video', {})
  const first = await resume(rig.context, 'video', ['split'])
  expect(first.record?.last?.end).toBe('completed')
  expect(first.record?.past[0]).toMatchObject({ state: 'handed-over', usedBy: ['twin'] })
  expect(rig.live()).toContain(rig.shared)
  expect(rig.live()).toHaveLength(2)
  rig.pass(60_000)
  await run(rig.context)
  const [row] = await status(rig.context, ['video'])
  expect(row?.violations.map(({ kind, command }) => [kind, command])).toEqual([
    ['handed-over', 'keyrota rotate twin'],
  ])
  const second = await rotate(rig.context, 'twin', {})
  expect(second.record?.last?.end).toBe('completed')
  expect(rig.live()).not.toContain(rig.shared)
  expect(rig.live()).toHaveLength(2)
  rig.pass(60_000)
  await run(rig.context)
  expect((await recordOf(rig, 'video'))?.violations).toEqual([])
  expect((await recordOf(rig, 'video'))?.past[0]?.state).toBe('revoked')
})

test('both rotate at the same time: one of them ends the shared key, and no orphan is left', async () => {
  const rig = await makeTwins({ policy: { overlapMs: 5_000, giveUpMs: 60_000 }, waitMs: 60_000 })
  await run(rig.context)
  for (const key of ['video', 'twin']) {
    await rotate(rig.context, key, {})
    expect(await holdOf(rig, key)).toMatchObject({ needs: 'split' })
  }
  const ends = await Promise.all(['video', 'twin'].map((key) => resume(rig.context, key, ['split'])))
  expect(ends.map(({ record }) => record?.last?.end)).toEqual(['completed', 'completed'])
  expect(rig.live()).not.toContain(rig.shared)
  expect(rig.live()).toHaveLength(2)
})

test('a key that is shared only since the rotation began is handed over as well', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  const [shared] = rig.live()
  await rig.run()
  addTwin(rig)
  const twins = rig.context.keys
  rig.context.keys = new Map([['video', rig.key]])
  await rotate(rig.context, 'video', {})
  expect((await rig.rotation()).step).toBe('revoke')
  rig.context.keys = twins
  rig.pass(3_600_000)
  const { record } = await rig.run()
  expect(record?.past[0]).toMatchObject({ state: 'handed-over', usedBy: ['twin'] })
  expect(rig.live()).toContain(shared)
})

test('a leaked key that is shared is replaced at once, is not ended under the other, and says what has to follow', async () => {
  const rig = await makeTwins()
  await run(rig.context)
  const { record } = await rotate(rig.context, 'video', { compromised: { leaked: 'old' } })
  expect(record?.last?.end).toBe('completed')
  expect(rig.live()).toContain(rig.shared)
  expect(rig.events.find(({ kind }) => kind === 'shared-key')).toMatchObject({
    level: 'alarm',
    command: 'keyrota rotate twin --compromised',
  })
  expect(record?.violations).toMatchObject([
    { kind: 'leaked-key-lives', command: 'keyrota rotate twin --compromised' },
  ])
  await rotate(rig.context, 'twin', { compromised: { leaked: 'old' } })
  expect(rig.live()).not.toContain(rig.shared)
})

test('a deadline for a leaked key is kept, and names the other key that it breaks', async () => {
  const rig = await makeTwins({ policy: { giveUpMs: 60_000 }, waitMs: 60_000 })
  await run(rig.context)
  const { record } = await rotate(rig.context, 'video', {
    compromised: { leaked: 'old', killAfterMs: 20_000 },
  })
  expect(rig.live()).not.toContain(rig.shared)
  const [said] = await rig.texts('exception')
  expect(said).toContain('twin')
  const declared = record?.last?.exceptions?.find(({ kind }) => kind === 'kill-by')
  expect(declared?.detail).toContain('twin')
})

test.each([
  ['a key of the config', 'twin', true],
  ['a key of another team', 'team-b/video', true],
  ['a team whose name begins alike', 'team-a2/video', true],
  ['another key of its own', 'team-a/twin', false],
])(
  'a deadline that a team declares ends no key that is used beyond its namespace: %s',
  async (_, name, lives) => {
    const rig = makeRig({ keyName: 'team-a/video', policy: { giveUpMs: 60_000 }, waitMs: 60_000 })
    const [shared] = rig.live()
    addTwin(rig, name)
    await run(rig.context)
    const compromised = { leaked: 'old', killAfterMs: 20_000 } as const
    const { record } = await rotate(rig.context, 'team-a/video', { compromised })
    expect(record?.last?.end).toBe('completed')
    expect(rig.live().includes(shared ?? '')).toBe(lives)
    expect(record?.past[0]?.state).toBe(lives ? 'handed-over' : 'revoked')
    expect(fieldOf(rig, name)).toBeDefined()
  },
)

test('a field beside ours that no key manages and that holds the same key is asked about', async () => {
  const rig = makeRig()
  rig.secrets.foreignWrite('app-0', { COPY: fieldOf(rig, 'app-0') ?? '' })
  await rig.run()
  const [shared] = rig.live()
  await rotate(rig.context, 'video', {})
  expect(await holdOf(rig)).toMatchObject({ reason: 'shared-key', needs: 'unused:store/app-0#COPY' })
  expect(rig.space.calls.issue).toBeUndefined()
  expect((await resume(rig.context, 'video', ['unused:store/app-0#COPY'])).record?.last?.end).toBe(
    'completed',
  )
  expect(rig.live()).not.toContain(shared)
})

test('that field is made a target of the key: both get the new key', async () => {
  const rig = makeRig()
  rig.secrets.foreignWrite('app-0', { COPY: fieldOf(rig, 'app-0') ?? '' })
  await rotate(rig.context, 'video', {})
  const copy = { id: 'store/app-0#COPY', store: 'store', secret: 'app-0', fields: { value: 'COPY' } }
  rig.context.keys = new Map([['video', { ...rig.key, targets: [...rig.key.targets, copy] }]])
  expect((await rig.run()).record?.last?.end).toBe('completed')
  expect(fieldOf(rig, 'app-0', 'COPY')).toBe(fieldOf(rig, 'app-0'))
})

test('a field that gets the old key during the overlap holds up its revocation', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.run()
  const old = fieldOf(rig, 'app-0') ?? ''
  const [shared] = rig.live()
  await rotate(rig.context, 'video', {})
  rig.secrets.foreignWrite('app-0', { LATE: old })
  rig.pass(3_600_000)
  await rig.run()
  expect(await holdOf(rig)).toMatchObject({ reason: 'shared-key', needs: 'unused:store/app-0#LATE' })
  expect(rig.live()).toContain(shared)
})

test('a target of another key that holds this one counts as its user', async () => {
  const rig = makeRig()
  await rig.run()
  const other = rig.space.addKey({ name: 'other' })
  addTwin(rig)
  rig.secrets.addSecret('twin-b', { KEY: other.material.value?.expose() ?? '' })
  rig.secrets.foreignWrite('twin', { KEY: other.material.value?.expose() ?? '' })
  const target = { id: 'store/twin-b#KEY', store: 'store', secret: 'twin-b', fields: { value: 'KEY' } }
  const twin = rig.context.keys.get('twin') as KeyConfig
  rig.context.keys = new Map([...rig.context.keys, ['twin', { ...twin, targets: [...twin.targets, target] }]])
  await run(rig.context)
  rig.secrets.foreignWrite('twin', { KEY: fieldOf(rig, 'app-0') ?? '' })
  await run(rig.context)
  await rotate(rig.context, 'video', {})
  const hold = await holdOf(rig)
  expect(hold).toMatchObject({ reason: 'shared-key', needs: 'split' })
  expect(hold?.detail).toContain('store/twin#KEY')
})

test('where a creation ends the old key a shared key cannot be split', async () => {
  const rig = await makeTwins({
    policy: { allowOutage: true },
    makeIssuer: (_space, api) =>
      'issue' in api ? { ...api, traits: { ...api.traits, oldKeyOnIssue: 'dies' } } : api,
  })
  await run(rig.context)
  await rotate(rig.context, 'video', { compromised: { leaked: 'old' } })
  expect(await holdOf(rig)).toMatchObject({ reason: 'shared-key', command: 'keyrota forget twin' })
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a rollback does not revoke a new key that another managed key has taken meanwhile', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.run()
  await rotate(rig.context, 'video', {})
  addTwin(rig)
  await run(rig.context)
  const { rollBack } = await import('../../src/service/roll-back.ts')
  await rollBack(rig.context, 'video', 'by the test')
  expect(await holdOf(rig)).toMatchObject({ reason: 'shared-key', command: 'keyrota rotate twin' })
  expect(rig.live()).toHaveLength(2)
})

import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { check } from '../../src/service/check.ts'
import { explain } from '../../src/service/explain.ts'
import { forget, rename } from '../../src/service/rename.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { status } from '../../src/service/status.ts'
import { assertSafe } from '../engine/actors.ts'
import { makeRig, type Rig, type Setup } from '../engine/harness.ts'

function renameInConfig(rig: Rig, name = 'film', change: Partial<KeyConfig> = {}): void {
  rig.context.keys = new Map([[name, { ...rig.key, name, ...change }]])
}

async function rotatedAndRenamed(setup: Setup = {}): Promise<Rig> {
  const rig = makeRig(setup)
  await rig.run()
  await rig.rotate()
  rig.pass(60_000)
  renameInConfig(rig)
  return rig
}

const recordOf = async (rig: Rig, key: string) => (await rig.context.journal.load(key)).record

test('a key that was renamed in the config is not taken for a new one: the way out is offered and works', async () => {
  const rig = await rotatedAndRenamed()
  const before = await recordOf(rig, 'video')
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.current).toBeNull()
  expect(one?.record?.violations).toMatchObject([{ kind: 'renamed', command: 'keyrota rename video film' }])
  await expect(rotate(rig.context, 'film', {})).rejects.toThrow('which the config no longer has')
  expect(await rename(rig.context, 'video', 'film')).toMatchObject({ from: 'video', to: 'film' })
  expect(await recordOf(rig, 'video')).toBeNull()
  expect(await recordOf(rig, 'film')).toMatchObject({
    key: 'film',
    lastMark: before?.lastMark,
    current: before?.current,
  })
  const { entries } = await explain(rig.context, 'film')
  expect(entries.map(({ kind }) => kind)).toContain('completed')
  expect((await rotate(rig.context, 'film', {})).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('its value was changed at the same time: the mark of its last write tells', async () => {
  const rig = await rotatedAndRenamed()
  const versions = rig.secrets.secrets.get('app-0')?.versions ?? []
  const last = versions.at(-1)
  rig.write(0, 'a-value-that-somebody-wrote')
  const written = versions.at(-1)
  if (last && written) versions[versions.length - 1] = { ...written, mark: last.mark }
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.violations.map(({ kind }) => kind)).toContain('renamed')
})

test('a rotation that was running goes on under the new name', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.run()
  await rotate(rig.context, 'video', {})
  renameInConfig(rig)
  await rename(rig.context, 'video', 'film')
  expect((await recordOf(rig, 'film'))?.rotation?.step).toBe('revoke')
  rig.pass(3_600_000)
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('what was not renamed is refused, with the reason', async () => {
  const rig = await rotatedAndRenamed()
  await expect(rename(rig.context, 'film', 'film')).rejects.toThrow('the config has film')
  await expect(rename(rig.context, 'radio', 'film')).rejects.toThrow('no record of radio')
  await expect(rename(rig.context, 'video', 'radio')).rejects.toThrow('the config has no key radio')
  const own = rig.space.addKey({ name: 'own' })
  rig.secrets.addSecret('reel', { KEY: own.material.value?.expose() ?? '' })
  const target = { id: 'store/reel#KEY', store: 'store', secret: 'reel', fields: { value: 'KEY' } }
  renameInConfig(rig, 'film', { targets: [target] })
  await run(rig.context)
  await rotate(rig.context, 'film', {})
  await expect(rename(rig.context, 'video', 'film')).rejects.toThrow('a record of its own, with a history')
})

test('a record that is not wanted is forgotten: it says what remains, and the new key is adopted', async () => {
  const rig = await rotatedAndRenamed()
  await expect(forget(rig.context, 'film', { anyway: false })).rejects.toThrow('the config has film')
  const { remains } = await forget(rig.context, 'video', { anyway: false })
  expect(remains).toEqual([expect.stringContaining('its current key lives at the issuer')])
  expect((await explain(rig.context, 'video')).entries.at(-1)?.kind).toBe('forgotten')
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.current?.adopted).toBe(true)
  expect((await rotate(rig.context, 'film', {})).record?.last?.end).toBe('completed')
})

test('a key that comes back under a name that was forgotten is not taken for an old journal', async () => {
  const rig = await rotatedAndRenamed()
  rig.context.keys = new Map()
  await forget(rig.context, 'video', { anyway: false })
  rig.context.keys = new Map([['video', rig.key]])
  await run(rig.context)
  expect((await rotate(rig.context, 'video', {})).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('a record with a running rotation is forgotten only on a word', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.run()
  await rotate(rig.context, 'video', {})
  rig.context.keys = new Map()
  const [row] = await status(rig.context, [])
  expect(row?.steps.at(-1)?.command).toBe('keyrota forget video')
  await expect(forget(rig.context, 'video', { anyway: false })).rejects.toThrow('its rotation')
  const { remains } = await forget(rig.context, 'video', { anyway: true })
  expect(remains).toHaveLength(3)
  expect(await status(rig.context, [])).toEqual([])
})

test('two installations with one state folder and one name: neither touches the record of the other', async () => {
  const rig = await rotatedAndRenamed()
  rig.context.keys = new Map([['video', rig.key]])
  const before = await recordOf(rig, 'video')
  const other = { ...rig.context, installation: 'bbbb' }
  const { failed } = await run(other)
  expect(failed.map(({ error }) => (error as Error).message)).toEqual([
    expect.stringContaining("the journal's record is of the installation k7f3, and this config is of bbbb"),
  ])
  await expect(rotate(other, 'video', {})).rejects.toThrow('installation k7f3')
  expect((await check(other, []))[0]).toMatchObject({
    level: 'problem',
    text: expect.stringContaining('k7f3'),
  })
  expect((await status(other, []))[0]).toMatchObject({ state: 'of another installation', current: null })
  expect(await recordOf(rig, 'video')).toEqual(before)
})

test('a rotation of another installation is not driven, although this config does not have its key', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.run()
  await rotate(rig.context, 'video', {})
  rig.pass(3_600_000)
  const before = await recordOf(rig, 'video')
  await run({ ...rig.context, installation: 'bbbb', keys: new Map() })
  expect(await recordOf(rig, 'video')).toEqual(before)
})

test('trouble ends with its cause', async () => {
  const rig = makeRig({ targets: 2, policy: { afterCareMs: 0 } })
  const content = rig.secrets.contentOf('app-0')
  await rig.rotate()
  const current = rig.secrets.contentOf('app-0')
  rig.pass(60_000)
  rig.secrets.foreignWrite('app-0', content)
  await run(rig.context)
  expect((await rig.record()).violations.map(({ kind }) => kind)).toEqual(['dead-value:store/app-0#KEY'])
  rig.secrets.foreignWrite('app-0', current)
  await run(rig.context)
  expect((await rig.record()).violations).toEqual([])
})

test('a missing id is looked up again, and a key that is no longer shared is no longer said to be', async () => {
  const rig = makeRig()
  const content = rig.secrets.contentOf('app-0')
  rig.secrets.addSecret('twin', content)
  const target = { id: 'store/twin#KEY', store: 'store', secret: 'twin', fields: { value: 'KEY' } }
  rig.context.keys = new Map([
    ['video', rig.key],
    ['twin', { ...rig.key, name: 'twin', targets: [target] }],
  ])
  await run(rig.context)
  await run(rig.context)
  expect((await recordOf(rig, 'video'))?.violations.map(({ kind }) => kind)).toEqual(['shared-value'])
  const own = rig.space.addKey({ name: 'own' })
  rig.secrets.foreignWrite('twin', { KEY: own.material.value?.expose() ?? '' })
  rig.context.keys = new Map([['video', rig.key]])
  await forget(rig.context, 'twin', { anyway: false })
  await run(rig.context)
  expect((await recordOf(rig, 'video'))?.violations).toEqual([])
})

test('a dead version that a store could not remove is shown until somebody removed it', async () => {
  const rig = makeRig({
    wrapStore: (store) => ({ ...store, retire: () => Promise.reject(new Error('not now')) }),
  })
  await rig.run()
  await rig.rotate()
  rig.pass(60_000)
  await run(rig.context)
  const [kept] = (await rig.record()).violations
  expect(kept?.kind).toBe('not-retired:store/app-0#KEY')
  const dead = rig.secrets.secrets.get('app-0')?.versions.find(({ id }) => id === kept?.version)
  if (dead) dead.retired = true
  await run(rig.context)
  expect((await rig.record()).violations).toEqual([])
})

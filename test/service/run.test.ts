import { expect, test } from 'vitest'
import { resultOf } from '../../src/service/outcome.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { status } from '../../src/service/status.ts'
import { makeRig } from '../engine/harness.ts'

const asked = () => ({ id: '20261122-asked1', reason: 'asked' as const })

test('a rotation whose key was taken out of the config stays visible and waits for a word', async () => {
  const rig = makeRig({ policy: { overlapMs: 3_600_000 }, waitMs: 400 })
  await rig.rotate({ start: asked })
  const without = { ...rig.context, keys: new Map() }
  const [row] = await status(without, [])
  expect(row).toMatchObject({
    key: 'video',
    attention: true,
    state: expect.stringContaining('not in the config'),
  })
  const report = await run(without)
  expect(report.attended).toHaveLength(1)
  expect(report.attended[0]?.record?.rotation?.hold?.needs).toBe('removed-key')
  expect(rig.live()).toHaveLength(2)
})

test('a key that goes wrong does not stop the others', async () => {
  const rig = makeRig()
  const broken = { ...rig.key, name: 'broken', issuer: 'nobody' }
  const { providers } = rig.context
  const context = {
    ...rig.context,
    keys: new Map([['broken', broken], ...rig.context.keys]),
    providers: {
      ...providers,
      issuer: (name: string) =>
        name === 'nobody' ? Promise.reject(new Error('no such issuer')) : providers.issuer(name),
    },
  }
  const report = await run(context)
  expect(report.failed.map((one) => one.key)).toEqual(['broken'])
  expect(report.attended.map((one) => one.key)).toEqual(['video'])
  expect(report.attended[0]?.record?.current?.fingerprint).toBe(rig.held()[0])
})

test('status shows a target that somebody else wrote between two rotations', async () => {
  const rig = makeRig({ targets: 2 })
  await run(rig.context)
  rig.write(1, 'a value that somebody else put there')
  await run(rig.context)
  const [row] = await status(rig.context, [])
  expect(row?.attention).toBe(true)
  expect(row?.targets.map((target) => target.holds)).toEqual(['current', 'foreign'])
})

test('a key that is only observed is looked at and never written, not even in after-care', async () => {
  const rig = makeRig()
  const before = rig.secrets.contentOf('app-0')
  await rig.rotate()
  rig.secrets.foreignWrite('app-0', before)
  const observed = { ...rig.context, keys: new Map([['video', { ...rig.key, observe: true }]]) }
  await run(observed)
  expect(rig.secrets.contentOf('app-0')).toEqual(before)
  expect((await status(observed, []))[0]?.targets[0]?.holds).toBe('past')
  await run(rig.context)
  expect(rig.held()[0]).toBe((await rig.record()).current?.fingerprint)
})

test('a secret that is not there makes no first key: it is named, and the key in it is adopted once it is there', async () => {
  const rig = makeRig()
  const content = rig.secrets.contentOf('app-0')
  rig.secrets.secrets.delete('app-0')
  const [first] = (await run(rig.context)).attended
  expect(first?.end).toBe('idle')
  expect(first && resultOf(first, rig.now())).toBe('needs-person')
  rig.secrets.addSecret('app-0', content)
  const [second] = (await run(rig.context)).attended
  expect(second?.record?.current?.fingerprint).toBe(rig.held()[0])
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a name that is in no config is refused, with the names there are', async () => {
  const rig = makeRig()
  await expect(status(rig.context, ['vidoe'])).rejects.toThrow('no key vidoe')
})

test('nobody starts a rotation of a key that is only observed, however it is asked for', async () => {
  const rig = makeRig()
  const observed = { ...rig.context, keys: new Map([['video', { ...rig.key, observe: true }]]) }
  await expect(rotate(observed, 'video', {})).rejects.toThrow('only observed')
  await expect(rig.rotate({}, observed)).rejects.toThrow('only observed')
  expect(rig.space.calls.issue).toBeUndefined()
  expect((await rig.record()).rotation).toBeNull()
})

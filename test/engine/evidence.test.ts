import { expect, test } from 'vitest'
import { attend } from '../../src/engine/attend.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertLive, makeWorkload } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

const oldValue = (rig: Rig) => rig.space.keys[0]?.material.value?.expose() ?? ''

const confirming = (what: string) => ({
  change: (record: Parameters<typeof confirm>[0], now: number) => {
    expect(confirm(record, what, now)).toEqual({ ok: true })
    return []
  },
})

test('a target that cannot be read at the end of the overlap holds up the revocation, whatever it held before', async () => {
  const rig = makeRig({ targets: 2, waitMs: 2_000, policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  rig.write(1, oldValue(rig))
  const stop = rig.secrets.inject({ kind: 'refuse', verb: 'read', secret: 'app-1', code: 'unavailable' })
  rig.pass(60_100)
  await rig.run()
  expect(rig.space.calls.revoke).toBeUndefined()
  expect((await rig.rotation()).hold?.detail).toContain('store/app-1#KEY cannot be read')
  assertLive(rig)
  stop()
  rig.pass(20)
  await rig.run()
  expect((await rig.rotation()).hold?.reason).toBe('drift')
  assertLive(rig)
})

test('the declared deadline comes before the consumers were restarted: they are, before the rotation ends', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app }, store: { settle: '200ms' }, policy: { giveUpMs: 5_000 } })
  app.attach(rig)
  await rig.run()
  const compromised = (now: number) => ({ leaked: 'old' as const, killBy: now + 100 })
  const { record } = await rig.rotate({
    start: (_record, now) => ({
      id: '20261122-leaked',
      reason: 'compromised',
      compromised: compromised(now),
    }),
  })
  expect(record?.last?.end).toBe('completed')
  expect(app.starts).toBe(1)
  assertLive(rig, [app])
})

test('a dead value in a secret that a busier key shares is put right: the mark may be the other key’s', async () => {
  const rig = makeRig({ targets: 2, plain: [0] })
  const sibling = rig.space.addKey({ name: 'second' })
  rig.secrets.foreignWrite('app-0', { SECOND: sibling.material.value?.expose() ?? '' })
  const target = { id: 'plain/app-0#SECOND', store: 'plain', secret: 'app-0', fields: { value: 'SECOND' } }
  rig.context.keys = new Map([
    ...rig.context.keys,
    ['audio', { ...rig.key, name: 'audio', targets: [target] }],
  ])
  await rig.run()
  const old = oldValue(rig)
  await rig.rotate()
  const rotateAudio = (id: string) =>
    attend(rig.context, 'audio', { takeOver: true, start: () => ({ id, reason: 'asked' }) })
  for (const id of ['20261122-audio1', '20261122-audio2', '20261122-audio3']) {
    rig.pass(1_000)
    await rotateAudio(id)
  }
  rig.write(0, old)
  rig.pass(1_000)
  await rotateAudio('20261122-audio4')
  await rig.run()
  expect((await rig.record()).violations).toEqual([])
  assertLive(rig)
})

test('a dead value is back and the current one cannot be read anywhere: that is shown', async () => {
  const rig = makeRig()
  await rig.run()
  const old = oldValue(rig)
  await rig.rotate()
  const { current } = await rig.record()
  const version = Object.values(current?.versions ?? {})[0] ?? ''
  rig.write(0, old)
  const store = await rig.context.providers.store('store')
  const [target] = rig.key.targets
  if (!target) throw new Error('the key has a target')
  await store.retire(target, version, { signal: AbortSignal.timeout(1_000), beforeSend: () => undefined })
  await rig.run()
  expect((await rig.record()).violations.map(({ kind }) => kind)).toEqual(['dead-value:store/app-0#KEY'])
})

test('consumers are said to have moved, then a target comes into the config: that word does not count for it', async () => {
  const rig = makeRig({ policy: { quietForMs: undefined } })
  await rig.rotate()
  expect((await rig.rotation()).hold?.reason).toBe('target-unproven')
  rig.secrets.addSecret('app-later', { KEY: oldValue(rig) })
  const target = {
    id: 'store/app-later#KEY',
    store: 'store',
    secret: 'app-later',
    fields: { value: 'KEY' },
  }
  Object.assign(rig.key, { targets: [...rig.key.targets, target] })
  await rig.run(confirming('moved'))
  expect(rig.space.calls.revoke).toBeUndefined()
  expect((await rig.rotation()).hold?.detail).toContain('app-later')
  await rig.run(confirming('moved'))
  expect((await rig.record()).last?.end).toBe('completed')
})

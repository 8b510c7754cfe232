/* A journal that fails, a provider that is down, a key that goes wrong, a clock that is set: the process stays. */
import { expect, test } from 'vitest'
import { JournalError } from '../../../src/contracts/errors.ts'
import { rollBack } from '../../../src/service/roll-back.ts'
import { makeRig } from '../../engine/harness.ts'
import { DAY_MS, goBy, HOUR_MS, MINUTE_MS, makeKeys, makeServedRig, startServing } from './rig.ts'

const asked = () => ({ id: '20261122-asked1', reason: 'asked' as const })

test('a journal that fails is asked after growing pauses, said once, shown by readyz, and work goes on when it is back', async () => {
  const rig = makeServedRig()
  let isDown = false
  const process = startServing(rig, {
    around: (call) => {
      if (isDown && call.startsWith('journal.') && call !== 'journal.watch')
        throw new JournalError('unavailable', 'the disk is gone', 'Look at the disk.')
    },
  })
  await goBy(rig, HOUR_MS)
  expect(process.serving.health.ready()).toEqual({ isGood: true, why: 'ready' })
  isDown = true
  await goBy(rig, HOUR_MS)
  const before = process.calls['journal.list'] ?? 0
  await goBy(rig, HOUR_MS)
  expect((process.calls['journal.list'] ?? 0) - before).toBeLessThanOrEqual(60)
  expect(process.serving.health.ready().why).toMatch(
    /^the journal cannot be reached since .*the disk is gone$/,
  )
  expect(process.serving.health.alive().isGood).toBe(true)
  isDown = false
  await goBy(rig, 2 * MINUTE_MS)
  expect(process.serving.health.ready().isGood).toBe(true)
  expect(process.said).toEqual([
    'journal: the disk is gone; nothing new is begun until it works again',
    'the journal works again',
  ])
  process.stop()
  await process.ended
})

test('a key that goes wrong is told, tried again at growing pauses, and stops no other', async () => {
  const rig = makeServedRig()
  const keys = new Map([...makeKeys(rig, 1), ['broken', { ...rig.key, name: 'broken', issuer: 'nobody' }]])
  const { providers } = rig.context
  const process = startServing(rig, {
    keys,
    context: {
      providers: {
        ...providers,
        issuer: (name) =>
          name === 'nobody' ? Promise.reject(new Error('no such issuer')) : providers.issuer(name),
      },
    },
  })
  await goBy(rig, DAY_MS)
  expect((await rig.context.journal.load('key-0')).record?.current?.adopted).toBe(true)
  expect(process.failed.every(({ key }) => key === 'broken')).toBe(true)
  // Doubling from a second to a quarter of an hour: about ten tries, then four in an hour at most.
  expect(process.failed.length).toBeGreaterThan(50)
  expect(process.failed.length).toBeLessThan(10 + 24 * 4)
  process.stop()
  await process.ended
})

test('of an issuer that is down for two days a rotation is tried at the pace of its policy, not in a loop', async () => {
  const rig = makeRig({
    lookEveryMs: 6 * HOUR_MS,
    leaseMs: 60_000,
    policy: { giveUpMs: DAY_MS, retryMinMs: 5_000, retryMaxMs: 15 * MINUTE_MS },
    makeIssuer: (_space, api) => ({ ...api, probe: async () => ({ verdict: 'unknown', status: 503 }) }),
  })
  await rig.run()
  await rig.rotate({ start: asked }, { ...rig.context, waitMs: 0 }).catch(() => undefined)
  const process = startServing(rig)
  await goBy(rig, 2 * DAY_MS)
  expect((await rig.rotation()).standing).toBe('blocked')
  const before = { ...process.calls }
  await goBy(rig, DAY_MS)
  const perDay = (call: string) => (process.calls[call] ?? 0) - (before[call] ?? 0)
  expect(perDay('journal.claim')).toBeGreaterThan(60)
  expect(perDay('journal.claim')).toBeLessThanOrEqual(24 * 4 + 2)
  expect(perDay('issuer.probe')).toBeLessThan(24 * 4 * 4)
  expect(process.failed).toEqual([])
  process.stop()
  await process.ended
})

test('a rotation that waits is let go, so that a command of a person gets in at once', async () => {
  const rig = makeRig({ lookEveryMs: 6 * HOUR_MS, leaseMs: 60_000, policy: { overlapMs: HOUR_MS } })
  await rig.run()
  await rig.rotate({ start: asked }, { ...rig.context, waitMs: 60_000 })
  const process = startServing(rig)
  await goBy(rig, 10 * MINUTE_MS)
  expect((await rig.rotation()).hold?.reason).toBe('overlap')
  const before = rig.now()
  const turned = await rollBack(
    { ...rig.process(), holder: 'a person', waitMs: 10 * MINUTE_MS },
    'video',
    'it was a mistake',
  )
  expect(turned.end).toBe('ended')
  expect(turned.record?.last?.end).toBe('rolled-back')
  expect(rig.now() - before).toBeLessThan(MINUTE_MS)
  process.stop()
  await process.ended
})

test('a rotation that goes on from wait to wait is let go within half a minute', async () => {
  const rig = makeRig({
    lookEveryMs: 6 * HOUR_MS,
    leaseMs: 60_000,
    policy: { readyLimitMs: HOUR_MS, giveUpMs: DAY_MS, retryMinMs: 5_000, retryMaxMs: 10_000 },
    consumers: { slow: { restart: async () => {}, ready: async () => ({ is: 'progressing' }) } },
  })
  await rig.run()
  const process = startServing(rig)
  await goBy(rig, MINUTE_MS)
  await rig.rotate({ start: asked }, { ...rig.context, waitMs: 30_000 })
  await goBy(rig, 10 * MINUTE_MS)
  expect((await rig.rotation()).hold?.reason).toBe('consumer-lags')
  const before = rig.now()
  const turned = await rollBack(
    { ...rig.process(), holder: 'a person', waitMs: 10 * MINUTE_MS },
    'video',
    'it takes too long',
  )
  expect(turned.end).not.toBe('claimed')
  expect(turned.record?.rotation?.step ?? 'ended').toMatch(/rollback|ended/)
  expect(rig.now() - before).toBeLessThan(15 * MINUTE_MS)
  process.stop()
  await process.ended
})

test('a clock that is set makes neither a loop nor a missed rotation', async () => {
  const rig = makeServedRig({ policy: { everyMs: 10 * DAY_MS } })
  const process = startServing(rig)
  await goBy(rig, HOUR_MS)
  rig.clock.jump(-3 * DAY_MS)
  await goBy(rig, HOUR_MS)
  const claims = process.calls['journal.claim'] ?? 0
  await goBy(rig, HOUR_MS)
  expect((process.calls['journal.claim'] ?? 0) - claims).toBeLessThanOrEqual(2)
  rig.clock.jump(3 * DAY_MS)
  await goBy(rig, HOUR_MS)
  expect((await rig.record()).last).toBeNull()
  await goBy(rig, 10 * DAY_MS)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(process.failed).toEqual([])
  process.stop()
  await process.ended
})

test('a machine that was suspended for days does at once what came due meanwhile', async () => {
  const rig = makeServedRig()
  const process = startServing(rig)
  await goBy(rig, HOUR_MS)
  rig.clock.suspend(91 * DAY_MS)
  await goBy(rig, 2 * MINUTE_MS)
  expect((await rig.record()).last?.end).toBe('completed')
  process.stop()
  await process.ended
})

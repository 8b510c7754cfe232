import { expect, test } from 'vitest'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { joinCompromised } from '../../src/workflow/people/report-leak.ts'
import { assertSafe, leaseRunsOut, makeWorkload, runToEnd } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

async function reason(rig: Rig): Promise<string | undefined> {
  const { standing, hold } = await rig.rotation()
  return standing === 'blocked' ? hold?.reason : standing
}

test('a consumer is restarted on the new key after the store has settled, and proves it', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app }, policy: { quietForMs: 60_000 } })
  app.attach(rig)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(app.runsWith).toBe(rig.held()[0])
  expect(app.starts).toBe(1)
})

test('a consumer that starts too early reads the old value: it is not restarted before the store has settled', async () => {
  let rig: Rig
  let writtenAt = 0
  let before: string | null = null
  const reads = () => (rig.now() < writtenAt + 40 ? before : (rig.held()[0] ?? null))
  const app = makeWorkload({ reads })
  rig = makeRig({ consumers: { app }, store: { settle: '60ms' } })
  before = rig.held()[0] ?? null
  app.attach(rig)
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'store.write') writtenAt = rig.now()
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('completed')
  expect(rig.accepted()).toContain(app.runsWith)
})

test('a consumer tells that it runs with the old key: nothing is revoked', async () => {
  const first: { value: string | null } = { value: null }
  const app = makeWorkload({ tells: true, reads: () => first.value })
  const rig = makeRig({ consumers: { app } })
  first.value = rig.held()[0] ?? null
  app.attach(rig)
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('consumer-lags')
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(rig.accepted()).toContain(app.runsWith)
})

test('a consumer fails on the new key: targets and consumer go back, the new key is revoked last', async () => {
  let before: string | null | undefined
  const app = makeWorkload({ tells: true, state: (held) => (held === before ? 'ready' : 'failed') })
  const rig = makeRig({ targets: 2, plain: [1], consumers: { app }, store: { settle: '15ms' } })
  before = rig.held()[0]
  app.attach(rig)
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'issuer.revoke') expect(app.runsWith).toBe(before)
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('rolled-back')
  expect(rig.held()).toEqual([before, before])
  expect(app.starts).toBe(2)
  assertSafe(rig)
})

test('a consumer that was never restarted by us may have taken up the new key: it is restarted on the way back', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app } })
  app.attach(rig)
  rig.space.inject({ kind: 'die-early', afterProbes: 2 })
  expect((await rig.rotate()).record?.last?.end).toBe('rolled-back')
  expect(app.starts).toBe(1)
  expect(app.runsWith).toBe(rig.held()[0])
  assertSafe(rig)
})

test('consumers that prove nothing hold up the revocation of a new key that was sent, until a person knows', async () => {
  const app = makeWorkload({ state: (held) => (held === before ? 'ready' : 'failed') })
  const silent = { ready: async () => ({ is: 'ready' as const }) }
  const rig = makeRig({ consumers: { app, silent }, policy: { quietForMs: undefined } })
  const before = rig.held()[0]
  app.attach(rig)
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('target-unproven')
  expect(rig.accepted()).toHaveLength(2)
  await rig.run({
    change: (record, now) => {
      expect(confirm(record, 'moved-back', now)).toEqual({ ok: true })
      return []
    },
  })
  await runToEnd(rig)
  assertSafe(rig)
})

test('an unproven target: the revocation waits for a person', async () => {
  const rig = makeRig({ policy: { quietForMs: undefined } })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('target-unproven')
  expect(rig.space.calls.revoke).toBeUndefined()
  const said: unknown[] = []
  await rig.run({
    change: (record, now) => {
      said.push(confirm(record, 'moved-back', now), confirm(record, 'moved', now))
      return []
    },
  })
  expect(said).toEqual([{ refused: expect.stringContaining('moved') }, { ok: true }])
  assertSafe(rig)
})

test('an unproven target: the declared quietFor passes, and counts as assumed', async () => {
  const rig = makeRig({ policy: { quietForMs: 60 } })
  const start = rig.now()
  const { record } = await rig.rotate()
  expect(record?.last?.end).toBe('completed')
  expect(rig.now() - start).toBeGreaterThanOrEqual(60)
  expect(await rig.texts('assumed')).toHaveLength(1)
  assertSafe(rig)
})

test('leaked: a target that is down holds up the revocation and alarms; at the deadline the old key dies', async () => {
  const rig = makeRig({ targets: 2, policy: { giveUpMs: 5_000 } })
  await rig.run()
  const stop = rig.secrets.inject({ kind: 'refuse', verb: 'any', secret: 'app-1', code: 'unavailable' })
  const rotating = rig.rotate({
    start: (_record, now) => ({
      id: '20261122-leaked',
      reason: 'compromised',
      compromised: { leaked: 'old', killBy: now + 150 },
    }),
  })
  rig.clock.after(300, stop)
  const { record } = await rotating
  expect(record?.last?.end).toBe('completed')
  const alarms = rig.events.filter((event) => event.level === 'alarm').map((event) => event.kind)
  expect(alarms).toContain('target-lags')
  expect(alarms).toContain('kill-by')
  const [exception] = await rig.texts('exception')
  expect(exception).toContain('app-1')
  assertSafe(rig)
})

test('leaked, without a deadline: nothing is revoked while a target is down', async () => {
  const rig = makeRig({ targets: 2, policy: { giveUpMs: 100 } })
  await rig.run()
  rig.secrets.inject({ kind: 'refuse', verb: 'any', secret: 'app-1', code: 'unavailable' })
  const compromised = { leaked: 'old' as const }
  const { end } = await rig.rotate({
    start: () => ({ id: '20261122-leaked', reason: 'compromised', compromised }),
  })
  expect(end).toBe('standing')
  expect(rig.space.calls.revoke).toBeUndefined()
})

async function inOverlap(): Promise<Rig> {
  const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  return rig
}

test('the old key is reported leaked during the overlap: it ends now', async () => {
  const rig = await inOverlap()
  await rig.run({ change: (record, now) => joinCompromised(record, { leaked: 'old' }, now) })
  const record = await rig.record()
  expect(record.last?.end).toBe('completed')
  expect(record.request).toBeNull()
  assertSafe(rig)
})

test('both keys are reported leaked: forward without overlap, and the key is due again at once', async () => {
  const rig = await inOverlap()
  await rig.run({ change: (record, now) => joinCompromised(record, { leaked: 'both' }, now) })
  const record = await rig.record()
  expect(record.last?.end).toBe('completed')
  expect(record.request).toMatchObject({ reason: 'compromised', leaked: 'old' })
  assertSafe(rig)
})

test('the new key is reported leaked: it is rolled back and revoked, and another one takes its place', async () => {
  const rig = await inOverlap()
  const [leaked] = rig.held()
  await rig.run({ change: (record, now) => joinCompromised(record, { leaked: 'new' }, now) })
  expect(rig.held()[0]).not.toBe(leaked)
  rig.pass(60_100)
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.accepted()).not.toContain(leaked)
  assertSafe(rig)
})

test('a process dies between the restart of a consumer and its proof: the consumer is restarted again', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app } })
  app.attach(rig)
  let dead = false
  const around = async (_call: string, run: () => Promise<unknown>) => {
    if (dead) throw new Error('killed')
    const answer = await run()
    if (app.starts > 0) dead = true
    return answer
  }
  await expect(rig.rotate({}, rig.process(around))).rejects.toThrow('killed')
  await leaseRunsOut(rig)
  await runToEnd(rig)
  expect(app.starts).toBe(2)
  assertSafe(rig)
})

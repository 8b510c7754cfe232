import { expect, test } from 'vitest'
import type { MemorySpace } from '../../providers/issuers/memory/index.ts'
import { fingerprintOf } from '../../src/contracts/fingerprint.ts'
import type { ApiIssuer, KeyIssuer } from '../../src/contracts/key-issuer.ts'
import { assertSafe, runToEnd } from './actors.ts'
import { type Around, makeRig, type Rig } from './harness.ts'

/** Does something right before the first call of this name. */
function beforeFirst(name: string, act: () => void): Around {
  let done = false
  return (call, run) => {
    if (call === name && !done) {
      done = true
      act()
    }
    return run()
  }
}

function withIssue(change: (api: ApiIssuer, space: MemorySpace) => ApiIssuer['issue']) {
  return (space: MemorySpace, api: KeyIssuer): KeyIssuer =>
    api.lifecycle === 'operator' ? api : { ...api, issue: change(api, space) }
}

async function hold(rig: Rig) {
  const { standing, hold } = await rig.rotation()
  return { standing, reason: hold?.reason }
}

test('the issuer returns the old key as a new one: it is refused and nothing is revoked', async () => {
  const makeIssuer = withIssue((api, space) => async (request, call) => {
    const made = await api.issue(request, call)
    return { ...made, material: space.keys[0]?.material ?? made.material }
  })
  const rig = makeRig({ makeIssuer })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'issuer-returned-a-known-key' })
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(rig.secrets.calls.write).toBeUndefined()
})

test('a probe that accepts anything is refused before anything is made', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'accept-anything' })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-accepts-anything' })
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a probe begins to accept anything: an inactive key is not deployed on its word', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'activate-late', ms: 60_000 })
  await rig.rotate(
    {},
    rig.process(beforeFirst('issuer.issue', () => rig.space.inject({ kind: 'accept-anything' }))),
  )
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-accepts-anything' })
  expect(rig.secrets.calls.write).toBeUndefined()
})

test('a key becomes active within the settle time: it is waited for', async () => {
  const rig = makeRig({ settleMs: 80 })
  rig.space.inject({ kind: 'activate-late', ms: 50 })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  assertSafe(rig)
})

test('a key stays refused beyond the settle time: it is revoked and no target was touched', async () => {
  const rig = makeRig({ settleMs: 40 })
  const before = rig.held()
  rig.space.inject({ kind: 'activate-late', ms: 60_000 })
  expect((await rig.rotate()).record?.last?.end).toBe('rolled-back')
  expect(rig.held()).toEqual(before)
  expect(rig.secrets.calls.write).toBeUndefined()
  expect(rig.space.calls.issue).toBe(1)
  expect(rig.live()).toHaveLength(1)
})

test('a key is accepted once, at one replica: nothing is written before it was accepted over the settle time', async () => {
  let firstAt = 0
  const activeAt = { ms: 0 }
  const rig = makeRig({
    settleMs: 60,
    makeIssuer: (space, api) => ({
      ...api,
      async probe(material, call) {
        const isNew = space.keys[1] && fingerprintOf(material) === fingerprintOf(space.keys[1].material)
        if (!isNew) return api.probe(material, call)
        firstAt ||= rig.now()
        activeAt.ms = firstAt + 30
        const isFirst = rig.now() === firstAt
        return { verdict: isFirst || rig.now() >= activeAt.ms ? 'accepted' : 'rejected' }
      },
    }),
  })
  let writtenAt = 0
  const { record } = await rig.rotate(
    {},
    rig.process(
      beforeFirst('store.write', () => {
        writtenAt = rig.now()
      }),
    ),
  )
  expect(record?.last?.end).toBe('completed')
  expect(writtenAt).toBeGreaterThanOrEqual(activeAt.ms)
})

test('a key dies after it was deployed: every target gets the old value back and the new key is revoked', async () => {
  const rig = makeRig({ targets: 3, plain: [1] })
  const before = rig.held()
  rig.space.inject({ kind: 'die-early', afterProbes: 2 })
  expect((await rig.rotate()).record?.last?.end).toBe('rolled-back')
  expect(rig.held()).toEqual(before)
  assertSafe(rig)
})

test('both keys are refused after the deploy: no verdict, nothing goes back and nothing is revoked', async () => {
  const rig = makeRig()
  let stop = () => {}
  const around = beforeFirst('store.write', () => {
    stop = rig.space.inject({ kind: 'reject-all' })
  })
  await rig.rotate({}, rig.process(around))
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-gives-no-verdict' })
  expect(rig.secrets.calls.write).toBe(1)
  expect(rig.space.calls.revoke).toBeUndefined()
  stop()
  await runToEnd(rig)
  assertSafe(rig)
})

test('a storm of 429 at the probe: it waits, then stands blocked; neither back nor revoked', async () => {
  const rig = makeRig()
  let stop = () => {}
  const around = beforeFirst('store.write', () => {
    stop = rig.space.inject({ kind: 'refuse', verb: 'probe', code: 'throttled', retryAfterMs: 20 })
  })
  await rig.rotate({}, rig.process(around))
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-gives-no-verdict' })
  expect(rig.space.calls.probe).toBeLessThan(150)
  expect(rig.space.calls.revoke).toBeUndefined()
  stop()
  await runToEnd(rig)
  assertSafe(rig)
})

test('a storm of 429 at create: few calls with pauses between, then blocked, then it goes on', async () => {
  const rig = makeRig({ policy: { giveUpMs: 100 } })
  const stop = rig.space.inject({ kind: 'refuse', verb: 'issue', code: 'throttled', retryAfterMs: 20 })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({
    standing: 'blocked',
    reason: 'issuer-down',
  })
  expect(rig.space.calls.issue).toBeLessThan(10)
  stop()
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('the issuer refuses to make a key: blocked, and a later look asks it again', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'refuse', verb: 'issue', code: 'quota' }, 1)
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'issuer-refused' })
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('the probe gives no verdict on the new key: blocked at the end of the run, nothing revoked or written', async () => {
  const rig = makeRig({ waitMs: 120 })
  const stop = { now: () => {} }
  const around = beforeFirst('issuer.issue', () => {
    stop.now = rig.space.inject({ kind: 'refuse', verb: 'probe', code: 'unavailable' })
  })
  expect((await rig.rotate({}, rig.process(around))).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-gives-no-verdict' })
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(rig.live()).toHaveLength(2)
  stop.now()
  await runToEnd(rig)
  assertSafe(rig)
})

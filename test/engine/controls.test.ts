import { expect, test } from 'vitest'
import { fingerprintOf } from '../../src/contracts/fingerprint.ts'
import { assertLive, assertSafe, killAt, makeWorkload, rotateAndDie, runToEnd } from './actors.ts'
import { type Around, makeRig, type Rig } from './harness.ts'

/** Does something right before the nth call of this name. */
function before(name: string, nth: number, act: () => void): Around {
  let seen = 0
  return (call, run) => {
    if (call === name && ++seen === nth) act()
    return run()
  }
}

async function stands(rig: Rig) {
  const { step, standing, hold } = await rig.rotation()
  return { step, standing, reason: hold?.reason }
}

const noVerdict = { standing: 'blocked', reason: 'probe-gives-no-verdict' }

function endOld(rig: Rig): void {
  Object.assign(rig.space.keys[0] ?? {}, { revoked: true, deadFrom: 0 })
}

const isTurnedBack = (rig: Rig) => rig.events.some(({ kind }) => kind === 'rollback')

const failing = () => makeWorkload({ state: (runs) => (runs === newest.fingerprint ? 'failed' : 'ready') })
const newest = { fingerprint: '' }

/** A rig whose consumer fails on every key but the first. */
async function makeFailing(targets = 1): Promise<Rig> {
  const app = failing()
  const rig = makeRig({
    targets,
    consumers: { app },
    makeIssuer: (_space, api) =>
      api.lifecycle === 'operator'
        ? api
        : {
            ...api,
            async issue(request, call) {
              const made = await api.issue(request, call)
              newest.fingerprint = fingerprintOf(made.material)
              return made
            },
          },
  })
  app.attach(rig)
  await rig.run()
  return rig
}

test('every key is refused as the deployed one is judged: it is not turned back', async () => {
  const rig = makeRig()
  await rig.rotate({}, rig.process(before('store.write', 1, () => rig.space.inject({ kind: 'reject-all' }))))
  expect(await stands(rig)).toEqual({ step: 'deploy', ...noVerdict })
})

test('every key is refused as the way back begins: nothing is written and no key is called dead', async () => {
  const rig = await makeFailing()
  let stop: (() => void) | undefined
  const refuseAll: Around = (_call, run) => {
    if (isTurnedBack(rig)) stop ??= rig.space.inject({ kind: 'reject-all' })
    return run()
  }
  await rig.rotate({}, rig.process(refuseAll))
  expect(await stands(rig)).toEqual({ step: 'rollback', ...noVerdict })
  expect(rig.secrets.calls.write).toBe(1)
  stop?.()
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('rolled-back')
  assertSafe(rig)
})

test('every key is refused at the end of the overlap: the old one is not taken for dead', async () => {
  const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  rig.pass(60_100)
  const stop = rig.space.inject({ kind: 'reject-all' })
  await rig.run()
  expect(await stands(rig)).toEqual({ step: 'revoke', ...noVerdict })
  expect(rig.space.calls.revoke).toBeUndefined()
  stop()
  await runToEnd(rig)
  assertSafe(rig)
})

test('every key is refused as the discarded one is looked at: it is not taken for gone', async () => {
  const rig = await makeFailing()
  rig.space.inject({ kind: 'revoke-lies' })
  const refuseAll = before('issuer.revoke', 1, () => rig.space.inject({ kind: 'reject-all' }))
  expect((await rig.rotate({}, rig.process(refuseAll))).end).toBe('standing')
  expect(await stands(rig)).toEqual({ step: 'rollback', ...noVerdict })
})

test('every key is refused in after-care: an earlier value that may live is left where it is', async () => {
  const rig = makeRig()
  await rig.run()
  const old = rig.space.keys[0]?.material.value?.expose() ?? ''
  await rig.rotate()
  rig.write(0, old)
  const writes = rig.secrets.calls.write
  const stop = rig.space.inject({ kind: 'reject-all' })
  await rig.run()
  expect(rig.secrets.calls.write).toBe(writes)
  stop()
  await rig.run()
  assertLive(rig)
})

test('the old key dies between two writes of the way back: the dead value is written no further', async () => {
  const rig = await makeFailing(2)
  // Of the two writes of the way back the second is refused; when it would be tried again the old key is dead.
  let writes = 0
  const around: Around = (call, run) => {
    if (isTurnedBack(rig) && call === 'store.write' && ++writes === 1)
      rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'unavailable', secret: 'app-1' }, 1)
    if (writes === 2 && call === 'issuer.probe') endOld(rig)
    return run()
  }
  await rig.rotate({}, rig.process(around))
  expect(await stands(rig)).toEqual({ step: 'rollback', standing: 'blocked', reason: 'old-key-dead' })
  expect(rig.accepted()).toContain(rig.held()[1])
})

test('a key is accepted by one replica for a while: acceptances that do not span the settle time do not count', async () => {
  let firstAt = 0
  const rig = makeRig({
    settleMs: 80,
    makeIssuer: (space, api) => ({
      ...api,
      async probe(material, call) {
        const made = space.keys[1]
        if (!made || fingerprintOf(material) !== fingerprintOf(made.material))
          return api.probe(material, call)
        firstAt ||= rig.now()
        const since = rig.now() - firstAt
        return { verdict: since < 30 || since >= 70 ? 'accepted' : 'rejected' }
      },
    }),
    policy: { confirmations: 5 },
  })
  let writtenAt = 0
  const note = before('store.write', 1, () => {
    writtenAt = rig.now()
  })
  expect((await rig.rotate({}, rig.process(note))).record?.last?.end).toBe('completed')
  expect(writtenAt - firstAt).toBeGreaterThanOrEqual(70)
})

test('a store says that it wrote and did not: the read-back stops the rotation, nothing is restarted or revoked', async () => {
  const app = makeWorkload()
  const rig = makeRig({
    consumers: { app },
    wrapStore: (store) => ({ ...store, write: async () => ({ version: 'mem-never-written' }) }),
  })
  app.attach(rig)
  await rig.rotate()
  expect(await stands(rig)).toEqual({
    step: 'deploy',
    standing: 'blocked',
    reason: 'target-serves-old-value',
  })
  expect(app.starts).toBe(0)
  expect(rig.space.calls.revoke).toBeUndefined()
})

test('a target cannot be read after the disable: the old key is enabled again and not revoked', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  const around = before('issuer.disable', 1, () =>
    rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable' }),
  )
  expect((await rig.rotate({}, rig.process(around))).end).toBe('standing')
  expect(rig.space.calls).toMatchObject({ enable: 1 })
  expect(rig.space.calls.revoke).toBeUndefined()
  assertSafe(rig, 2)
})

test('the process dies right after the issuer has answered: the journal knows the key by its id', async () => {
  const rig = makeRig({ settleMs: 100 })
  await rig.run()
  let isMade = false
  const afterwards = killAt((call) => {
    if (call === 'issuer.issue') isMade = true
    return isMade && call === 'issuer.probe' ? 'before' : undefined
  })
  await rotateAndDie(rig, afterwards)
  const [attempt] = (await rig.rotation()).attempts
  expect(attempt).toMatchObject({ state: 'issued', ref: { id: rig.space.keys[1]?.id } })
})

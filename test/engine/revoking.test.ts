import { expect, test } from 'vitest'
import { assertSafe, makeWorkload } from './actors.ts'
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

async function hold(rig: Rig) {
  const { standing, hold } = await rig.rotation()
  return { standing, reason: hold?.reason }
}

function endOld(rig: Rig): void {
  const [old] = rig.space.keys
  if (old) Object.assign(old, { revoked: true, deadFrom: 0 })
}

test('a revoke lies while every key is refused: that is no verdict, the rotation does not end', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'revoke-lies' })
  const refuseAll = beforeFirst('issuer.revoke', () => rig.space.inject({ kind: 'reject-all' }))
  expect((await rig.rotate({}, rig.process(refuseAll))).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'probe-gives-no-verdict' })
})

test('a revoke lies: the rotation stands blocked as not revoked, and tells people', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'revoke-lies' })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'not-revoked' })
  expect(rig.events.some((event) => event.kind === 'not-revoked' && event.level === 'alarm')).toBe(true)
  assertSafe(rig, 2)
})

test('a revoke takes effect late, within the settle time: it is asked for once and seen', async () => {
  const rig = makeRig({ settleMs: 80 })
  rig.space.inject({ kind: 'revoke-late', ms: 50 })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(1)
  assertSafe(rig)
})

test('the old key is dead from the start: forward only, and it ends completed', async () => {
  const rig = makeRig({ settleMs: 30 })
  await rig.run()
  endOld(rig)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('the old key is dead and the new one is refused too: blocked, nothing is written', async () => {
  const rig = makeRig({ settleMs: 30 })
  await rig.run()
  endOld(rig)
  rig.space.inject({ kind: 'activate-late', ms: 60_000 })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'both-keys-refused' })
  expect(rig.secrets.calls.write).toBeUndefined()
})

test('the old key was only refused for a while: once it is accepted again there is a way back', async () => {
  const rig = makeRig({ settleMs: 30, consumers: {} })
  const [old] = rig.space.keys
  if (old) old.disabled = true
  rig.space.inject({ kind: 'die-early', afterProbes: 2 })
  const around = beforeFirst('issuer.issue', () => {
    if (old) old.disabled = false
  })
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('rolled-back')
  assertSafe(rig)
})

test('a person ends the old key and a consumer fails: the dead value is not written back', async () => {
  const broken = makeWorkload({ state: () => 'failed' })
  const rig = makeRig({ consumers: { broken } })
  broken.attach(rig)
  await rig.rotate({}, rig.process(beforeFirst('consumer.restart', () => endOld(rig))))
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'old-key-dead' })
  const accepted = rig.accepted()
  expect(rig.held().every((held) => held && accepted.includes(held))).toBe(true)
})

test('a refused key is not listed yet and its revocation is throttled: it does not count as gone', async () => {
  const rig = makeRig({ issuer: { listDelay: '60ms' } })
  rig.space.inject({ kind: 'activate-late', ms: 60_000 })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'throttled' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('rolled-back')
  expect(rig.live()).toHaveLength(1)
})

test('a disabled key is refused by the probe while its revocation did nothing: that does not count as revoked', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'not_found' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(2)
  expect(rig.live()).toHaveLength(1)
})

test('a disabled key was never listed: that the list lacks it does not count as revoked', async () => {
  const rig = makeRig({ issuer: { canDisable: true, listDelay: '10m' } })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'throttled' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(2)
  expect(rig.live()).toHaveLength(1)
})

test('a disabled key was revoked although the answer says it is unknown: its absence from the list settles it', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  rig.space.inject({ kind: 'lose-answer', verb: 'revoke' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(1)
  assertSafe(rig)
})

test('a revocation is refused for certain: it is sent again after the pause, not after the settle time', async () => {
  const rig = makeRig({ issuer: { settleAfterRevoke: '8s' } })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'throttled' }, 7)
  const from = rig.now()
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(8)
  expect(rig.now() - from).toBeLessThan(1_000)
  assertSafe(rig)
})

test('a revocation is only ever refused: the rotation is blocked once that lasts too long', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'throttled' })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toEqual({ standing: 'blocked', reason: 'not-revoked' })
})

test('a revoked key may be accepted for longer than a new one is refused: that has a time of its own', async () => {
  const rig = makeRig({ issuer: { settleAfterRevoke: '80ms' } })
  rig.space.inject({ kind: 'revoke-late', ms: 50 })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(1)
})

/* A process that is stopped by a signal while it alone holds the value of the new key. */
import { expect, test } from 'vitest'
import type { KeyIssuer } from '../../src/contracts/key-issuer.ts'
import { assertSafe } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

/** Rotates, and stops the process while the new key settles. */
async function stopWhileSettling(rig: Rig) {
  const stopping = new AbortController()
  rig.clock.after(100, () => stopping.abort())
  return rig.rotate({}, { ...rig.context, stop: stopping.signal })
}

test('the key that no target was sent is revoked, and the next step is named', async () => {
  const rig = makeRig({ settleMs: 5_000 })
  const { end, record, notes } = await stopWhileSettling(rig)
  expect(end).toBe('ended')
  expect(record?.last?.end).toBe('rolled-back')
  expect(rig.live()).toHaveLength(1)
  expect(notes.join()).toContain('keyrota rotate video')
  expect(rig.now()).toBeLessThan(rig.clock.elsewhere().wallMs() + 20_000)
  assertSafe(rig)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
})

test('an issuer that revokes by value alone is given the value while this process has it', async () => {
  const revoked: boolean[] = []
  const rig = makeRig({
    settleMs: 5_000,
    makeIssuer: (_space, api) =>
      ({
        ...api,
        revoke: async (key: { material?: unknown }, call: never) => {
          revoked.push(key.material !== undefined)
          if ('revoke' in api) await api.revoke(key as never, call)
        },
      }) as KeyIssuer,
  })
  await stopWhileSettling(rig)
  expect(revoked).toEqual([true])
})

test('an issuer that is down does not hold the process for long: the next one goes on', async () => {
  const rig = makeRig({ settleMs: 5_000, policy: { retryMinMs: 1_000, retryMaxMs: 1_000 } })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'unavailable' })
  const start = rig.clock.monotonicMs()
  const { notes } = await stopWhileSettling(rig)
  expect(rig.clock.monotonicMs() - start).toBeLessThanOrEqual(16_000)
  expect(notes.join()).toContain('keyrota resume video')
  rig.space.clearFaults()
  rig.pass(60_000)
  await rig.run()
  expect(rig.live().length + (await rig.record()).debts.length).toBeLessThanOrEqual(2)
  assertSafe(rig, (await rig.record()).debts.length + 1)
})

/** An issuer whose one key is replaced in place: to revoke the new key may be to revoke the old one. */
function rolling(_space: unknown, api: KeyIssuer): KeyIssuer {
  if (api.lifecycle === 'operator') return api
  return { ...api, lifecycle: 'roll', traits: { ...api.traits, oldKeyOnIssue: { diesAfterMs: 86_400_000 } } }
}

test('where revoking the new key may end the old one, nothing is revoked', async () => {
  const rig = makeRig({ settleMs: 5_000, policy: { allowOutage: true }, makeIssuer: rolling })
  const { end } = await stopWhileSettling(rig)
  expect(end).toBe('stopped')
  expect(rig.space.calls.revoke).toBeUndefined()
})

test('a key that was sent to a target is not revoked by a process that is stopped', async () => {
  const rig = makeRig({ policy: { overlapMs: 5_000 } })
  const { end, notes } = await stopWhileSettling(rig)
  expect(end).toBe('stopped')
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(notes.join()).toContain('keyrota resume video')
  expect(rig.live()).toHaveLength(2)
})

import { expect, test } from 'vitest'
import type { KeyIssuer } from '../../src/contracts/key-issuer.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertSafe, runToEnd } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

async function reason(rig: Rig): Promise<string | undefined> {
  const { standing, hold } = await rig.rotation()
  return standing === 'blocked' ? hold?.reason : standing
}

function confirming(what: string) {
  return {
    change: (record: Parameters<typeof confirm>[0], now: number) => {
      expect(confirm(record, what, now)).toEqual({ ok: true })
      return []
    },
  }
}

test('targets hold different keys at adoption: shown, and a rotation stops before it makes anything', async () => {
  const rig = makeRig({ targets: 2 })
  rig.write(1, 'another-value-of-an-old-key')
  const looked = await rig.run()
  expect(looked.record?.violations.map((one) => one.kind)).toContain('different-values')
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('drift')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a person says which of two values is the key and has the other overwritten', async () => {
  const rig = makeRig({ targets: 2 })
  const [kept] = rig.held()
  const stray = rig.space.addKey({ name: 'stray' })
  rig.write(1, stray.material.value?.expose() ?? '')
  await rig.rotate()
  await rig.run(confirming(`adopt:${kept}`))
  const found = rig.held()[1]
  await rig.run(confirming(`overwrite:${found}`))
  await runToEnd(rig)
  expect((await rig.record()).debts.map((debt) => debt.fingerprint)).toEqual([found])
  assertSafe(rig, 2)
})

test('an adopted key of unknown id: shown at once, and a rotation stops before it makes anything', async () => {
  const rig = makeRig({ issuer: { canIdentify: false } })
  const looked = await rig.run()
  expect(looked.end).toBe('idle')
  expect(looked.record?.violations.map((one) => one.kind)).toEqual(['no-way-to-revoke'])
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('no-way-to-revoke')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('adoption rotates nothing: the age is the issuer’s, and the value of another key is a violation', async () => {
  const rig = makeRig()
  const { end, record } = await rig.run()
  expect(end).toBe('idle')
  expect(record?.current).toMatchObject({ adopted: true, sinceFrom: 'issuer', fingerprint: rig.held()[0] })
  const twin = makeRig({ space: rig.name, keyName: 'twin' })
  twin.context.keys = new Map([...rig.context.keys, ...twin.context.keys])
  expect((await twin.run()).record?.violations.map((one) => one.kind)).toEqual(['shared-value'])
})

test('two keys share an account with two slots: the live key in the second slot is never freed', async () => {
  const rig = makeRig({ issuer: { maxLiveKeys: 2 } })
  rig.space.addKey({ name: 'of another key' })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('no-free-slot')
  expect(rig.live()).toHaveLength(2)
})

test('an issuer that kills the old key as it makes the new one is refused unless an outage is allowed', async () => {
  const makeIssuer = (_space: unknown, api: KeyIssuer) =>
    api.lifecycle === 'operator'
      ? api
      : { ...api, lifecycle: 'roll' as const, traits: { ...api.traits, oldKeyOnIssue: 'dies' as const } }
  const rig = makeRig({ makeIssuer })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('outage-not-allowed')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a creation that cannot be asked about lost its answer: it is not done again unasked', async () => {
  const rig = makeRig({ issuer: { onLostAnswer: 'stop' } })
  rig.space.inject({ kind: 'hang', verb: 'issue' }, 1)
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('answer-lost-needs-a-person')
  await rig.run()
  expect(rig.space.calls.issue).toBe(1)
  const { needs } = (await rig.rotation()).hold ?? {}
  await rig.run(confirming(needs ?? ''))
  await runToEnd(rig)
  expect(rig.space.calls.issue).toBe(2)
  assertSafe(rig)
})

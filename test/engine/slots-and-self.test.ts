import { expect, test } from 'vitest'
import type { MemorySpace } from '../../providers/issuers/memory/index.ts'
import type { ApiIssuer, KeyIssuer, OperatorIssuer } from '../../src/contracts/key-issuer.ts'
import { material, SecretValue } from '../../src/contracts/secret-value.ts'
import { abandonOrRollBack } from '../../src/workflow/people/confirm.ts'
import { acceptSupply } from '../../src/workflow/people/supply.ts'
import { assertLive, killWithValue, makeOperator, makeWorkload, rotateAndDie, runToEnd } from './actors.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

/* Two places, values of our own, and keys that a person makes and the API ends. */

const slots = (more: Setup = {}) => makeRig({ issuer: { lifecycle: 'slots' }, ...more })

function failing(): { app: ReturnType<typeof makeWorkload>; attach(rig: Rig): void } {
  let first: string | null | undefined
  const app = makeWorkload({ tells: true, state: (held) => (held === first ? 'ready' : 'failed') })
  return {
    app,
    attach(rig) {
      first = rig.held()[0]
      app.attach(rig)
    },
  }
}

test('slots: the place that is not in use is regenerated, then the other one, twice in turn', async () => {
  const rig = slots()
  for (let turn = 1; turn <= 2; turn++) {
    expect((await rig.rotate()).record?.last?.end).toBe('completed')
    assertLive(rig)
    rig.pass(3_600_000)
  }
  expect(rig.space.calls).toMatchObject({ issue: 2, revoke: 2 })
})

test('slots: the consumer fails, and only the place of the new key is regenerated', async () => {
  const { app, attach } = failing()
  const rig = slots({ consumers: { app } })
  attach(rig)
  expect((await rig.rotate()).record?.last?.end).toBe('rolled-back')
  assertLive(rig, [app])
})

test('slots: an answer is lost: the next creation replaces the key that was made', async () => {
  const rig = slots()
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(2)
  assertLive(rig)
})

test('slots: a creation that takes effect late never ends the key of the next one', async () => {
  const rig = slots()
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 90 }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  rig.space.landChanges('all')
  assertLive(rig)
})

test('slots: the process dies with the value of the new key: its place is regenerated', async () => {
  const rig = slots()
  await rotateAndDie(rig, killWithValue())
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  assertLive(rig)
})

test('slots: the place in use is not known: nothing is regenerated', async () => {
  const rig = slots({ issuer: { lifecycle: 'slots', canIdentify: false } })
  expect((await rig.rotate()).end).toBe('standing')
  expect((await rig.rotation()).hold?.reason).toBe('no-way-to-revoke')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('self: several values are accepted, and each is revoked for itself', async () => {
  const rig = makeRig({ issuer: { lifecycle: 'self' } })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.live()).toHaveLength(1)
  assertLive(rig)
})

/** A person makes the keys; the API revokes them by value. */
function mixed(space: MemorySpace, api: KeyIssuer): OperatorIssuer {
  const operator = makeOperator(space, api)
  return {
    ...operator,
    traits: { ...operator.traits, revokesByValue: true },
    revoke: (held, call) => (api as ApiIssuer).revoke(held, call),
  }
}

async function supplyTo(rig: Rig) {
  const made = rig.space.addKey({ name: 'by hand' })
  const value = made.material.value ?? new SecretValue('none')
  return rig.run({
    change: (record, now, values) => {
      acceptSupply(record, values.keep(material({ value: value.expose() })), now)
      return []
    },
  })
}

test('a person creates and the API revokes: the old key ends by a request, and nobody is asked for it', async () => {
  const rig = makeRig({ issuer: { revokesByValue: true }, makeIssuer: mixed })
  expect((await rig.rotate()).end).toBe('standing')
  expect((await supplyTo(rig)).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBe(1)
  expect(rig.events.map((event) => event.kind)).not.toContain('operator-deletes-key')
  expect(rig.accepted()).toEqual(rig.held())
})

test('a supplied key is not used: the API ends it, and it is no debt', async () => {
  const { app, attach } = failing()
  const rig = makeRig({ issuer: { revokesByValue: true }, makeIssuer: mixed, consumers: { app } })
  attach(rig)
  await rig.rotate()
  const { record } = await supplyTo(rig)
  expect(record?.last?.end).toBe('rolled-back')
  expect(record?.debts).toEqual([])
  expect(rig.accepted()).toEqual(rig.held())
  assertLive(rig, [app])
})

test('a supplied key is given up before it was sent anywhere: the API ends it by its value', async () => {
  const rig = makeRig({ issuer: { revokesByValue: true }, makeIssuer: mixed, settleMs: 2_000 })
  await rig.rotate()
  const made = rig.space.addKey({ name: 'by hand' })
  const { record } = await rig.run({
    change: (changed, now, values) => {
      acceptSupply(changed, values.keep(made.material), now)
      abandonOrRollBack(changed, now, 'given up')
      return []
    },
  })
  expect(record?.last?.end).toBe('rolled-back')
  expect(record?.debts).toEqual([])
  expect(rig.accepted()).toEqual(rig.held())
})

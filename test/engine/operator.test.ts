import { expect, test } from 'vitest'
import { fingerprintOf } from '../../src/contracts/fingerprint.ts'
import type { Material } from '../../src/contracts/secret-value.ts'
import { material } from '../../src/contracts/secret-value.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { acceptSupply } from '../../src/workflow/people/supply.ts'
import { assertSafe, killAt, leaseRunsOut, makeOperator } from './actors.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

const day = 86_400_000

function makePersonsRig(setup: Setup = {}): Rig {
  return makeRig({ makeIssuer: makeOperator, ...setup })
}

/** A person pastes a value; answers what came of it. */
async function supply(rig: Rig, value: Material, context = rig.context) {
  let said: ReturnType<typeof acceptSupply> | undefined
  const attended = await rig.run(
    {
      change: (record, now, values) => {
        said = acceptSupply(record, values.keep(value), now)
        return [{ at: now, key: record.key, kind: 'supplied', text: 'a value was supplied' }]
      },
    },
    context,
  )
  return { said, attended }
}

function deleteKey(rig: Rig, index: number): void {
  Object.assign(rig.space.keys[index] ?? {}, { revoked: true, deadFrom: 0 })
}

test('a person makes the key, supplies it and ends the old one; its death is found by probing', async () => {
  const rig = makePersonsRig()
  await rig.rotate()
  expect((await rig.rotation()).standing).toBe('awaiting-operator')
  const made = rig.space.addKey({ name: 'by a person' })
  await supply(rig, made.material)
  expect((await rig.rotation()).operator?.kind).toBe('revoke')
  expect(rig.held()).toEqual([fingerprintOf(made.material)])
  deleteKey(rig, 0)
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('reminded day by day, alarmed at the deadline and after it', async () => {
  const rig = makePersonsRig()
  await rig.rotate()
  const { operator } = await rig.rotation()
  const seen: string[] = []
  for (let hours = 0; hours <= 4 * 24; hours += 12) {
    const before = rig.events.length
    await rig.run()
    seen.push(...rig.events.slice(before).map((event) => `${hours / 24} ${event.level}`))
    rig.pass(day / 2)
  }
  expect(seen).toEqual(['1 warning', '2 warning', '3 alarm', '4 alarm'])
  expect((await rig.record()).wakeAt).toBeGreaterThan(operator?.askedAt ?? 0)
})

test('a typo is refused through the settle time and closed; the right value is taken', async () => {
  const rig = makePersonsRig({ settleMs: 30 })
  await rig.rotate()
  await supply(rig, material({ value: 'not-a-key-of-this-issuer' }))
  const rotation = await rig.rotation()
  expect(rotation.attempts.map((attempt) => attempt.state)).toEqual(['closed'])
  expect((await rig.record()).debts).toEqual([])
  expect(rig.secrets.calls.write).toBeUndefined()
  await supply(rig, rig.space.addKey({ name: 'right' }).material)
  deleteKey(rig, 0)
  await rig.run()
  assertSafe(rig)
})

test('the old key and the key of another are refused when supplied, and are no debts', async () => {
  const rig = makePersonsRig()
  const other = makePersonsRig({ space: rig.name, keyName: 'other', targets: 1 })
  await rig.run()
  await rig.rotate()
  const old = rig.space.keys[0]?.material ?? {}
  expect((await supply(rig, old)).said).toEqual({ refused: expect.stringContaining('in use') })
  const theirs = rig.space.addKey({ name: 'theirs' })
  rig.write(0, rig.space.keys[0]?.material.value?.expose() ?? '')
  other.write(0, theirs.material.value?.expose() ?? '')
  await other.run()
  rig.write(0, rig.space.keys[0]?.material.value?.expose() ?? '')
  await supply(rig, theirs.material)
  const record = await rig.record()
  expect(record.rotation?.attempts.map((attempt) => attempt.state)).toEqual(['closed'])
  expect(record.rotation?.attempts[0]?.why).toContain('other')
  expect(record.debts).toEqual([])
})

test('two people supply a key: the first is used, the second is owed for', async () => {
  const rig = makePersonsRig()
  await rig.rotate()
  await supply(rig, rig.space.addKey({ name: 'first wins' }).material)
  const late = rig.space.addKey({ name: 'too late' })
  const { said } = await supply(rig, late.material)
  expect(said).toEqual({ refused: expect.stringContaining('is not waiting for a key'), debt: true })
  const record = await rig.record()
  expect(record.debts.map((debt) => debt.fingerprint)).toEqual([fingerprintOf(late.material)])
  expect(confirm(record, `deleted:${record.debts[0]?.name}`, rig.now())).toEqual({ ok: true })
  expect(record.debts).toEqual([])
})

test('the process dies right after the paste: the key is owed for, and another is asked for by a new name', async () => {
  const rig = makePersonsRig()
  await rig.rotate()
  const name = (await rig.rotation()).operator?.name
  const lost = rig.space.addKey({ name: 'lost' })
  let commits = 0
  const dying = rig.process(
    killAt((call) => (call === 'journal.commit' && ++commits === 1 ? 'after' : undefined)),
  )
  await expect(supply(rig, lost.material, dying)).rejects.toThrow()
  await leaseRunsOut(rig)
  await rig.run()
  const record = await rig.record()
  expect(record.debts).toMatchObject([{ name, fingerprint: fingerprintOf(lost.material) }])
  expect(record.rotation?.operator?.name).not.toBe(name)
  expect(record.rotation?.standing).toBe('awaiting-operator')
})

test('a person deletes the new key instead of the old one: the request is withdrawn and it rolls back', async () => {
  const rig = makePersonsRig()
  const before = rig.held()
  await rig.rotate()
  await supply(rig, rig.space.addKey({ name: 'new' }).material)
  deleteKey(rig, 1)
  await rig.run()
  const record = await rig.record()
  expect(record.last?.end).toBe('rolled-back')
  expect(rig.held()).toEqual(before)
  assertSafe(rig)
})

test('leaked, with a deadline: a person is asked once to end the key, and its death is found all the same', async () => {
  const rig = makePersonsRig({ targets: 2, policy: { giveUpMs: 5_000 }, waitMs: 120 })
  await rig.rotate({
    start: (_record, now) => ({
      id: '20261122-leaked',
      reason: 'compromised',
      compromised: { leaked: 'old', killBy: now + 50 },
    }),
  })
  const stop = rig.secrets.inject({ kind: 'refuse', verb: 'any', secret: 'app-1', code: 'unavailable' })
  await supply(rig, rig.space.addKey({ name: 'new' }).material)
  rig.pass(100)
  await rig.run()
  await rig.run()
  expect((await rig.rotation()).exceptions.filter((one) => one.kind === 'kill-by')).toHaveLength(1)
  deleteKey(rig, 0)
  await rig.run()
  stop()
  await rig.run()
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('the old value can be read nowhere any more: that its key is gone is a person’s word', async () => {
  const rig = makePersonsRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  await rig.rotate()
  await supply(rig, rig.space.addKey({ name: 'by a person' }).material)
  const version = (await rig.rotation()).targets['store/app-0#KEY']?.oldVersion ?? ''
  const store = await rig.context.providers.store('store')
  const [target] = rig.key.targets
  if (!target) throw new Error('the key has a target')
  await store.retire(target, version, { signal: AbortSignal.timeout(1_000), beforeSend: () => undefined })
  deleteKey(rig, 0)
  rig.pass(60_100)
  await rig.run()
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'value-lost', needs: 'old-gone' })
  await rig.run({
    change: (record, now) => {
      expect(confirm(record, 'old-gone', now)).toEqual({ ok: true })
      return []
    },
  })
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

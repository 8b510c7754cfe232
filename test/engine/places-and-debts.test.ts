import { expect, test } from 'vitest'
import { JournalError } from '../../src/contracts/errors.ts'
import { fingerprintOf } from '../../src/contracts/fingerprint.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { acceptSupply } from '../../src/workflow/people/supply.ts'
import { assertSafe, killAt, makeOperator, makeWorkload, rotateAndDie, runToEnd } from './actors.ts'
import { type Around, makeRig, type Rig, type Setup } from './harness.ts'

const confirming = (what: string) => ({
  change: (record: Parameters<typeof confirm>[0], now: number) => {
    expect(confirm(record, what, now)).toEqual({ ok: true })
    return []
  },
})

const oldValue = (rig: Rig) => rig.space.keys[0]?.material.value?.expose() ?? ''
const isTurnedBack = (rig: Rig) => rig.events.some(({ kind }) => kind === 'rollback')

/** A rig whose consumer is ready on the first key only. */
async function makeFailing(setup: Setup = {}): Promise<Rig> {
  const first: { fingerprint?: string | null } = {}
  const app = makeWorkload({ state: (runs) => (runs === first.fingerprint ? 'ready' : 'failed') })
  const rig = makeRig({ ...setup, consumers: { app } })
  first.fingerprint = rig.held()[0] ?? null
  app.attach(rig)
  await rig.run()
  return rig
}

test('a target cannot be read on the way back: it counts as holding the new key, which is not revoked', async () => {
  const rig = await makeFailing({ targets: 2 })
  let stop: (() => void) | undefined
  const around: Around = (_call, run) => {
    const down = { kind: 'refuse', verb: 'any', secret: 'app-1', code: 'unavailable' } as const
    if (isTurnedBack(rig)) stop ??= rig.secrets.inject(down)
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).end).toBe('standing')
  expect(rig.space.calls.revoke).toBeUndefined()
  expect((await rig.rotation()).hold?.detail).toContain('app-1')
  stop?.()
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('rolled-back')
  assertSafe(rig)
})

test('a sibling changes right before a write of the way back: it is read again, and both stand', async () => {
  const rig = await makeFailing()
  let isInjected = false
  const around: Around = (_call, run) => {
    if (isTurnedBack(rig) && !isInjected) {
      isInjected = true
      rig.secrets.inject({ kind: 'foreign-write', verb: 'write', content: { OTHER: 'changed' } }, 1)
    }
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('rolled-back')
  expect(rig.secrets.contentOf('app-0')).toMatchObject({ OTHER: 'changed' })
  assertSafe(rig)
})

test('a process dies after the disable and the next one has a config with one more target: the old key is enabled again', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  rig.secrets.addSecret('app-later', { KEY: oldValue(rig) })
  const target = {
    id: 'store/app-later#KEY',
    store: 'store',
    secret: 'app-later',
    fields: { value: 'KEY' },
  }
  await rotateAndDie(
    rig,
    killAt((call) => (call === 'issuer.disable' ? 'after' : undefined)),
  )
  Object.assign(rig.key, { targets: [...rig.key.targets, target] })
  rig.pass(1_000)
  let heldAtRevoke: (string | null)[] = []
  const around: Around = (call, run) => {
    if (call === 'issuer.revoke') heldAtRevoke = rig.held()
    return run()
  }
  await runToEnd(rig, around)
  expect(rig.space.calls).toMatchObject({ enable: 1 })
  expect(new Set(heldAtRevoke).size).toBe(1)
  expect(rig.held()).toHaveLength(2)
  assertSafe(rig)
})

test('a consumer leaves the config during the overlap: the revocation needs a word', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app }, waitMs: 2_000, policy: { overlapMs: 60_000 } })
  app.attach(rig)
  await rig.rotate()
  Object.assign(rig.key, { consumers: [] })
  rig.pass(60_100)
  await rig.run()
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'config-changed', needs: 'removed:app' })
  expect(rig.space.calls.revoke).toBeUndefined()
  await rig.run(confirming('removed:app'))
  await runToEnd(rig)
  assertSafe(rig)
})

test('a supplied key is rolled back: it is owed for until a person has deleted it', async () => {
  const rig = await makeFailing({ makeIssuer: makeOperator })
  await rig.rotate()
  const made = rig.space.addKey({ name: 'by a person' })
  await rig.run({
    change: (record, now, values) => {
      expect(acceptSupply(record, values.keep(made.material), now)).toEqual({ ok: true })
      return []
    },
  })
  const { last, debts } = await rig.record()
  expect(last?.end).toBe('rolled-back')
  expect(debts).toMatchObject([{ fingerprint: fingerprintOf(made.material) }])
})

test('a value found in the target is taken as the key: the one known before is owed for', async () => {
  const rig = makeRig()
  await rig.run()
  const [before] = rig.held()
  rig.write(0, rig.space.addKey({ name: 'by hand' }).material.value?.expose() ?? '')
  await rig.rotate()
  const needs = (await rig.rotation()).hold?.needs ?? ''
  expect(needs).toBe(`adopt:${rig.held()[0]}`)
  await rig.run(confirming(needs))
  expect((await rig.record()).debts).toMatchObject([
    { fingerprint: before, why: 'replaced by somebody else' },
  ])
})

test('another key is made in place of a first one that fails: the first is owed for', async () => {
  const app = makeWorkload({ state: () => 'failed' })
  const rig = makeRig({ empty: true, consumers: { app } })
  await rig.rotate({ start: () => ({ id: '20261122-first0', reason: 'first' }) })
  const { hold, attempts } = await rig.rotation()
  expect(hold?.needs).toBe(`another-key:${attempts[0]?.mark}`)
  await rig.run(confirming(hold?.needs ?? ''))
  const { debts } = await rig.record()
  expect(debts).toMatchObject([{ name: attempts[0]?.name, fingerprint: attempts[0]?.fingerprint }])
})

test('the answer of a commit is lost and somebody else has the key by then: nothing more is done', async () => {
  const rig = makeRig()
  await rig.run()
  let commits = 0
  const around: Around = async (call, run) => {
    const answer = await run()
    if (call !== 'journal.commit' || ++commits !== 1) return answer
    // As a journal would show it whose clock has run on: the same revision, under another claim.
    const row = rig.journal.rows.get('video')
    Object.assign(row ?? {}, { claimId: 'somebody-else' })
    throw new JournalError('unavailable', 'no answer', 'Try again.')
  }
  await expect(rig.rotate({}, rig.process(around))).rejects.toThrow('driven by another process')
  expect(rig.space.calls.issue).toBeUndefined()
})

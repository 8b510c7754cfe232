import { expect, test } from 'vitest'
import { journalSpace } from '../../providers/journals/memory/space.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertSafe, killAt, makeWorkload, rotateAndDie, runToEnd } from './actors.ts'
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

function oldValue(rig: Rig): string {
  return rig.space.keys[0]?.material.value?.expose() ?? ''
}

/** A second place for the key, in the config but not in the pin of the rotation that runs. */
function addTarget(rig: Rig): void {
  rig.secrets.addSecret('app-later', { KEY: oldValue(rig) })
  const target = { id: 'store/app-later#KEY', store: 'store', secret: 'app-later', fields: { value: 'KEY' } }
  Object.assign(rig.key, { targets: [...rig.key.targets, target] })
}

test('a target comes into the config during the overlap: it gets the new key before the old one is revoked', async () => {
  const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  addTarget(rig)
  rig.pass(60_100)
  expect((await rig.run()).end).toBe('waiting')
  rig.pass(60_100)
  await runToEnd(rig)
  expect(rig.held()).toHaveLength(2)
  assertSafe(rig)
})

test('a target leaves the config during the overlap: the revocation needs a word, then looks at it no more', async () => {
  const rig = makeRig({ targets: 2, waitMs: 2_000, policy: { overlapMs: 60_000 } })
  await rig.rotate()
  const gone = rig.key.targets[1]
  Object.assign(rig.key, { targets: rig.key.targets.slice(0, 1) })
  rig.pass(60_100)
  expect((await rig.run()).end).toBe('standing')
  expect(await reason(rig)).toBe('config-changed')
  expect(rig.space.calls.revoke).toBeUndefined()
  await rig.run(confirming(`removed:${gone?.id}`))
  await runToEnd(rig)
  assertSafe(rig)
})

test('somebody writes the old value back after the disable: the old key is enabled again and stands blocked', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  const around = async (call: string, run: () => Promise<unknown>) => {
    const answer = await run()
    if (call === 'issuer.disable') rig.write(0, oldValue(rig))
    return answer
  }
  expect((await rig.rotate({}, rig.process(around))).end).toBe('standing')
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(rig.space.calls.enable).toBe(1)
  assertSafe(rig, 2)
})

test('a disable lands after the enable that undid it: the old key is enabled once more', async () => {
  const rig = makeRig({ issuer: { canDisable: true }, policy: { giveUpMs: 5_000 } })
  rig.space.inject({ kind: 'land-late', verb: 'disable', ms: 60 }, 1)
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'issuer.disable') rig.write(0, oldValue(rig))
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).end).toBe('standing')
  expect(rig.space.calls.enable).toBeGreaterThan(1)
  assertSafe(rig, 2)
})

test('a target is fed by another controller: refused before anything is made', async () => {
  const rig = makeRig()
  rig.secrets.inject({ kind: 'refuse', verb: 'check', code: 'invalid' })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('target-refused')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('the journal is an old copy with an open creation: read-only and blocked until it is reconciled', async () => {
  const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  let commits = 0
  await rotateAndDie(
    rig,
    killAt((call) => (call === 'journal.commit' && ++commits === 3 ? 'before' : undefined)),
  )
  const copy = structuredClone(journalSpace(rig.name).rows.get('video'))
  await rig.run()
  expect(rig.held()[0]).not.toBeNull()
  const live = rig.live()
  if (copy) journalSpace(rig.name).rows.set('video', copy)
  rig.pass(rig.key.leaseMs + 1)
  await rig.context.journal.claim('video', { holder: 'x', leaseMs: 100 })
  rig.pass(rig.key.leaseMs + 1)
  const revoked = rig.space.calls.revoke
  expect((await rig.run()).end).toBe('standing')
  expect(await reason(rig)).toBe('journal-is-old')
  expect(rig.live()).toEqual(live)
  expect(rig.space.calls.revoke).toBe(revoked)
})

test('another key whose name ends like this one has younger marks: that is no reason to stop', async () => {
  const rig = makeRig()
  rig.space.addKey({ name: 'keyrota-video-live-k7f3-20261122-aaaaaa-99' })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
})

test('another field of the secret changes right before our write: no drift, and it is kept', async () => {
  const rig = makeRig()
  rig.secrets.inject({ kind: 'foreign-write', verb: 'write', content: { OTHER: 'changed' } }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.secrets.contentOf('app-0')).toMatchObject({ OTHER: 'changed' })
  assertSafe(rig)
})

test('another field changes before a rollback: the old value goes back and the change is kept', async () => {
  const broken = makeWorkload({ state: (with_) => (with_ === before ? 'ready' : 'failed') })
  const rig = makeRig({ consumers: { broken } })
  const [before] = rig.held()
  broken.attach(rig)
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'consumer.restart' && broken.starts === 0)
      rig.secrets.foreignWrite('app-0', { OTHER: 'changed' })
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('rolled-back')
  expect(rig.secrets.contentOf('app-0')).toMatchObject({ OTHER: 'changed' })
  expect(rig.held()).toEqual([before])
  expect(broken.runsWith).toBe(before)
  assertSafe(rig)
})

test('a foreign value comes in between: drift, stop, and both keys are kept', async () => {
  const rig = makeRig()
  rig.secrets.inject(
    { kind: 'foreign-write', verb: 'write', content: { KEY: 'somebody-elses-value-1234' } },
    1,
  )
  expect((await rig.rotate()).end).toBe('standing')
  expect(await reason(rig)).toBe('drift')
  expect(rig.accepted()).toHaveLength(2)
  const { needs } = (await rig.rotation()).hold ?? {}
  await rig.run(confirming(needs ?? ''))
  await runToEnd(rig)
  assertSafe(rig)
})

test('a drift names the writer that the store knows', async () => {
  const wrapStore = (store: SecretStore): SecretStore => ({
    ...store,
    read: async (...args) => ({ ...(await store.read(...args)), writer: 'kubectl-edit' }),
  })
  const rig = makeRig({ wrapStore })
  rig.secrets.inject(
    { kind: 'foreign-write', verb: 'write', content: { KEY: 'somebody-elses-value-1234' } },
    1,
  )
  await rig.rotate()
  expect((await rig.rotation()).hold?.detail).toContain('written by kubectl-edit')
})

test('a second key of one rotation goes to the targets under marks of its own', async () => {
  const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
  await rig.rotate()
  const { joinCompromised } = await import('../../src/workflow/people/report-leak.ts')
  await rig.run({ change: (record, now) => joinCompromised(record, { leaked: 'new' }, now) })
  rig.pass(60_100)
  await runToEnd(rig)
  expect(rig.space.calls.issue).toBe(2)
  expect((await rig.record()).last?.end).toBe('completed')
  const marks = rig.secrets.secrets.get('app-0')?.versions.flatMap((version) => version.mark ?? []) ?? []
  expect(new Set(marks).size).toBe(marks.length)
  assertSafe(rig)
})

test('two installations share an account: one never takes the live key of the other for its orphan', async () => {
  const staging = makeRig({ installation: 'aaaa' })
  const start = () => ({ id: '20261122-samesm', reason: 'asked' as const })
  await staging.rotate({ start })
  const production = makeRig({ installation: 'bbbb', empty: true })
  production.space.keys.push(...staging.space.keys.filter((key) => !key.revoked))
  production.space.inject({ kind: 'hang', verb: 'issue' }, 1)
  await production.rotate({ start: () => ({ ...start(), reason: 'first' as const }) })
  expect(staging.accepted()).toContain(staging.held()[0])
  expect(production.accepted()).toContain(staging.held()[0])
})

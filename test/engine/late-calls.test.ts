import { expect, test } from 'vitest'
import type { Purpose } from '../../src/engine/attend.ts'
import { abandonOrRollBack } from '../../src/workflow/people/confirm.ts'
import { assertSafe, killAt, rotateAndDie, runToEnd } from './actors.ts'
import { makeRig, type Setup } from './harness.ts'

const lease = 2_000

const rollBack: Partial<Purpose> = {
  change: (record, now) => {
    abandonOrRollBack(record, now, 'asked')
    return []
  },
}

/** Two targets, one without compare-and-set; the process dies as it sends both writes, which land `ms` later. */
async function dieAtDeploy(ms: number, setup: Setup = {}) {
  const rig = makeRig({ targets: 2, plain: [1], leaseMs: lease, ...setup })
  rig.secrets.inject({ kind: 'land-late', verb: 'write', ms }, rig.key.targets.length)
  await rotateAndDie(
    rig,
    killAt((call) => (call === 'journal.commit' && rig.secrets.calls.write ? 'before' : undefined)),
  )
  return rig
}

test('writes land after their worker died: the key is not taken for an orphan, it goes on being deployed', async () => {
  const rig = await dieAtDeploy(lease + 60)
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  assertSafe(rig)
})

test('a person rolls back while writes are under way: the new key lives until they cannot land any more', async () => {
  const rig = await dieAtDeploy(lease + 60)
  await rig.run(rollBack)
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('rolled-back')
  assertSafe(rig)
})

test('a write outlives the quiet time: where the store has compare-and-set the rewrite makes it a conflict', async () => {
  const rig = await dieAtDeploy(60_000, { targets: 1, plain: [] })
  await rig.run(rollBack)
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('rolled-back')
  assertSafe(rig)
})

test('the value died with its process and no write landed: the key is discarded and another one made', async () => {
  const rig = makeRig({ targets: 2, plain: [1], leaseMs: lease })
  await rotateAndDie(
    rig,
    killAt((call) => (call.endsWith('.write') ? 'before' : undefined)),
  )
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(2)
  assertSafe(rig)
})

test('a late write puts a dead value back after the end: the current one is written again, with alarm', async () => {
  const rig = makeRig({ plain: [0] })
  const [old] = rig.space.keys
  await rig.rotate()
  rig.write(0, old?.material.value?.expose() ?? '')
  await rig.run()
  expect(rig.events.some((event) => event.kind === 'after-care' && event.level === 'alarm')).toBe(true)
  assertSafe(rig)
})

test('a discarded key of a rotation that completed turns up late: it is known as ours and put right', async () => {
  const rig = await dieAtDeploy(60_000, { targets: 1, plain: [0] })
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  rig.secrets.landChanges('all')
  await rig.run()
  assertSafe(rig)
})

test('the next rotation starts only after calls of the last one can no longer land', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'lose-answer', verb: 'revoke' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  const { quietUntil } = await rig.record()
  expect(quietUntil).toBeGreaterThan(rig.now())
  const again = await rig.rotate({}, { ...rig.context, waitMs: 5 })
  expect(again.end).toBe('waiting')
  expect(rig.space.calls.issue).toBe(1)
  const waited = await rig.rotate()
  expect(waited.record?.last?.end).toBe('completed')
  const { rotation } = (await rig.context.journal.finished(waited.record?.last?.id ?? '')) ?? {}
  expect(rotation?.startedAt).toBeGreaterThanOrEqual(quietUntil)
  assertSafe(rig)
})

test('a creation times out and lands later: it is found by its mark and revoked before another is made', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 80 }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(2)
  assertSafe(rig)
})

test('a creation is listed late: an empty look is not final before the list delay', async () => {
  const rig = makeRig({ issuer: { listDelay: '150ms' } })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('a creation outlives its quiet time: the look at the end of the rotation finds and revokes it', async () => {
  const rig = makeRig({ policy: { overlapMs: 150 } })
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 180 }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('what a look at the end finds and cannot revoke is owed once, and the rotation ends', async () => {
  const rig = makeRig({ policy: { overlapMs: 150 } })
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 180 }, 1)
  const refuse = () => rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'denied' })
  const rotating = rig.rotate(
    {},
    rig.process(async (call, run) => {
      if (call === 'issuer.find' && rig.space.calls.revoke === 1) refuse()
      return run()
    }),
  )
  const { end, record } = await rotating
  expect(end).toBe('ended')
  expect(record?.debts).toHaveLength(1)
  assertSafe(rig, 2)
})

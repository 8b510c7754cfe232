import { expect, test, vi } from 'vitest'
import { resultOf } from '../../src/service/outcome.ts'
import { plan } from '../../src/service/plan.ts'
import { run } from '../../src/service/run.ts'
import { status } from '../../src/service/status.ts'
import { makeRig, type Rig } from '../engine/harness.ts'

async function shown(rig: Rig) {
  const [one] = await status(rig.context, [])
  if (!one) throw new Error('status shows no key')
  return one
}

async function look(rig: Rig) {
  const { attended } = await run(rig.context)
  return attended[0]
}

const holds = async (rig: Rig) => (await shown(rig)).targets.map((target) => target.holds)

/** A key in three targets, rotated once. */
async function rotated(): Promise<Rig> {
  const rig = makeRig({ targets: 3 })
  await rig.rotate()
  rig.pass(60_000)
  await look(rig)
  return rig
}

test('before the first look no target was read; after it each shows the version it holds', async () => {
  const rig = makeRig({ targets: 3 })
  expect(await holds(rig)).toEqual(['not read', 'not read', 'not read'])
  await look(rig)
  const { targets, attention } = await shown(rig)
  expect(attention).toBe(false)
  for (const target of targets) {
    expect(target).toMatchObject({ holds: 'current', version: expect.any(String), at: expect.any(Number) })
  }
})

test('between rotations the drift of one target is shown by the next run, and nothing is changed', async () => {
  const rig = await rotated()
  expect(await holds(rig)).toEqual(['current', 'current', 'current'])
  rig.write(1, 'somebody-elses-value')
  const before = rig.secrets.calls.write
  const attended = await look(rig)
  expect(await holds(rig)).toEqual(['current', 'foreign', 'current'])
  expect((await shown(rig)).attention).toBe(true)
  expect(attended && resultOf(attended, rig.now())).toBe('needs-person')
  expect(rig.secrets.calls.write).toBe(before)
  expect(rig.live()).toHaveLength(1)
})

test('each target is shown by itself: absent, out of reach, foreign; what is put right is current again', async () => {
  const rig = await rotated()
  const current = rig.secrets.contentOf('app-1')
  const off = rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable', secret: 'app-2' })
  rig.secrets.secrets.delete('app-0')
  rig.write(1, 'somebody-elses-value')
  await look(rig)
  expect(await holds(rig)).toEqual(['absent', 'foreign', 'unreadable'])
  expect((await shown(rig)).targets[2]?.why).toMatch(/store/)
  off()
  rig.secrets.foreignWrite('app-1', current)
  await look(rig)
  expect(await holds(rig)).toEqual(['absent', 'current', 'current'])
  expect((await shown(rig)).attention).toBe(true)
})

test('a dead value that somebody puts back long after a rotation is shown as one of the past', async () => {
  const rig = makeRig({ targets: 2, policy: { afterCareMs: 0 } })
  const old = rig.secrets.contentOf('app-0')
  await rig.rotate()
  rig.pass(60_000)
  rig.secrets.foreignWrite('app-0', old)
  await look(rig)
  expect(await holds(rig)).toEqual(['past', 'current'])
  expect((await shown(rig)).attention).toBe(true)
})

test('what a deadline broke needs a person, of a key of the config and of one that is no longer in it', async () => {
  const rig = await rotated()
  expect((await shown(rig)).attention).toBe(false)
  const claimed = await rig.context.journal.claim('video', { holder: 'a test', leaseMs: 60_000 })
  if (claimed === 'held') throw new Error('not claimed')
  const record = await rig.record()
  if (!record.last) throw new Error('no rotation has ended')
  record.last.exceptions = [{ kind: 'kill-by', detail: 'revoked while renderer was not validated' }]
  await rig.context.journal.commit(claimed, { record, audit: [] })
  expect((await shown(rig)).attention).toBe(true)
  rig.context.keys = new Map()
  expect(await shown(rig)).toMatchObject({ state: 'idle, not in the config', attention: true })
})

test('every key is shown from pages of the journal, and only a named one is loaded', async () => {
  const rig = await rotated()
  const keys = Array.from({ length: 1_200 }, (_, at) => `more-${String(at).padStart(4, '0')}`)
  const [key] = rig.context.keys.values()
  if (!key) throw new Error('no key')
  rig.context.keys = new Map([['video', key], ...keys.map((name) => [name, { ...key, name }] as const)])
  const load = vi.spyOn(rig.context.journal, 'load')
  const list = vi.spyOn(rig.context.journal, 'list')
  expect(await status(rig.context, [])).toHaveLength(1_201)
  expect(await plan(rig.context)).toHaveLength(1_201)
  expect(load).not.toHaveBeenCalled()
  expect(list.mock.calls.length).toBe(2)
  expect(await status(rig.context, ['video'])).toMatchObject([{ key: 'video', state: 'current' }])
  expect(load.mock.calls).toEqual([['video']])
  expect(list.mock.calls.length).toBe(2)
  await expect(status(rig.context, ['vidoe'])).rejects.toThrow(/vidoe/)
})

test('a key that should have been replaced is overdue from its age or its expiry on, and one that is new is not', async () => {
  const rig = makeRig()
  await rig.rotate()
  const { since = Number.NaN } = (await rig.record()).current ?? {}
  expect((await shown(rig)).overdueSince).toBeNull()
  rig.pass(since + rig.key.policy.everyMs - rig.now())
  expect((await shown(rig)).overdueSince).toBeNull()
  rig.pass(1)
  expect(await shown(rig)).toMatchObject({ overdueSince: since + rig.key.policy.everyMs, attention: false })
})

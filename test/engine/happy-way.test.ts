import { expect, test } from 'vitest'
import type { CommitRequest } from '../../src/contracts/journal.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { assertSafe, makeWorkload } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

test('one target: created, deployed, validated, revoked', async () => {
  const rig = makeRig()
  const [before] = rig.held()
  const { end, record } = await rig.rotate()
  expect(end).toBe('ended')
  expect(record?.last?.end).toBe('completed')
  expect(rig.held()[0]).not.toBe(before)
  expect(rig.live()).toHaveLength(1)
  expect(record?.current?.fingerprint).toBe(rig.held()[0])
})

test('no key yet: a first rotation puts one in place, without overlap and revoke', async () => {
  const rig = makeRig({ empty: true, targets: 2 })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBeUndefined()
  assertSafe(rig)
})

test.each([
  ['proved', 'noted', /^store\/.*: a stale copy is kept elsewhere$/],
  ['assumed', 'assumed', /^store\/.*: read proved, write assumed$/],
] as const)('what a check notes is in the trail, its rights %s', async (write, kind, text) => {
  const notes = ['a stale copy is kept elsewhere']
  const wrapStore = (store: SecretStore) => ({
    ...store,
    check: async () => ({ read: 'proved' as const, write, notes }),
  })
  const rig = makeRig({ wrapStore })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(await rig.texts(kind)).toContainEqual(expect.stringMatching(text))
})

test('the next rotation of a key starts from the last one', async () => {
  const rig = makeRig({ targets: 2, plain: [1] })
  await rig.rotate()
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect((await rig.record()).past).toHaveLength(2)
  assertSafe(rig)
})

/** Commits of one rotation, from the first that has it to the one that ends it. */
async function countCommits(rig: Rig): Promise<number> {
  await rig.run()
  let commits = 0
  const context = rig.process((call, run, args) => {
    const request = call === 'journal.commit' ? (args[1] as CommitRequest) : undefined
    if (request?.record.rotation || request?.finished) commits += 1
    return run()
  })
  expect((await rig.rotate({}, context)).record?.last?.end).toBe('completed')
  return commits
}

test('one target takes eight commits, and one call of each kind', async () => {
  const rig = makeRig()
  expect(await countCommits(rig)).toBe(8)
  expect(rig.space.calls).toMatchObject({ issue: 1, revoke: 1 })
  expect(rig.secrets.calls).toMatchObject({ write: 1, retire: 1 })
})

test('the restart of a consumer carries the outcome of the deploy: eight commits too', async () => {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app } })
  app.attach(rig)
  expect(await countCommits(rig)).toBe(8)
})

test('an issuer that can disable takes nine', async () => {
  const rig = makeRig({ issuer: { canDisable: true } })
  expect(await countCommits(rig)).toBe(9)
  expect(rig.space.calls).toMatchObject({ issue: 1, disable: 1, revoke: 1 })
  expect(rig.space.calls.enable).toBeUndefined()
})

import { expect, test } from 'vitest'
import { nextStepsOf } from '../../src/service/next-steps.ts'
import { resume } from '../../src/service/resume.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { assertSafe } from './actors.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

const DAY = 86_400_000

/** A key that was rotated, whose first target then got the value of before, as from a backup. */
async function restoreOld(setup: Setup = {}): Promise<Rig & { dead: string | null }> {
  const rig = makeRig(setup)
  const content = rig.secrets.contentOf('app-0')
  const [dead = null] = rig.held()
  await rig.rotate()
  // The store keeps no version in which the current value could still be read.
  for (const version of rig.secrets.secrets.get('app-0')?.versions ?? []) version.retired = true
  rig.pass(60_000)
  rig.secrets.foreignWrite('app-0', content)
  return Object.assign(rig, { dead })
}

test.each([
  ['during after-care', 0],
  ['long after', 2 * DAY],
])(
  'a dead value is back in the only target, %s: the command that is printed creates a key, in one go',
  async (_, ms) => {
    const rig = await restoreOld()
    rig.pass(ms)
    const [one] = (await run(rig.context)).attended
    const lost = one?.record?.current?.fingerprint
    expect(one?.record?.violations).toMatchObject([{ kind: 'dead-value:store/app-0#KEY' }])
    const steps = one?.record ? nextStepsOf(one.record) : []
    expect(steps.map(({ command }) => command)).toEqual(['keyrota rotate video'])
    const began = rig.now()
    const { record } = await rotate(rig.context, 'video', {})
    expect(record?.last?.end).toBe('completed')
    expect(rig.now() - began).toBeLessThan(rig.key.policy.giveUpMs)
    expect(record?.debts).toEqual([])
    expect(record?.violations).toEqual([])
    expect(record?.past.map(({ fingerprint, state }) => [fingerprint, state])).toEqual([
      [lost, 'revoked'],
      [rig.dead, 'revoked'],
    ])
    assertSafe(rig)
  },
)

test('the lost key has no id at the issuer: it is owed for, and the rotation completes all the same', async () => {
  const rig = await restoreOld()
  const row = rig.journal.rows.get('video')
  const record = JSON.parse(row?.record ?? '{}')
  delete record.current.ref
  delete record.current.name
  if (row) row.record = JSON.stringify(record)
  const { record: after } = await rotate(rig.context, 'video', {})
  expect(after?.last?.end).toBe('completed')
  expect(after?.debts).toMatchObject([{ fingerprint: record.current.fingerprint }])
  expect(after?.past[0]?.state).toBe('unknown')
  assertSafe(rig, 2)
})

test('one target of two holds a dead value: the rotation writes over it without a question', async () => {
  const rig = await restoreOld({ targets: 2 })
  rig.pass(2 * DAY)
  expect((await rotate(rig.context, 'video', {})).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('an earlier key that works again is not written over unasked', async () => {
  const rig = await restoreOld()
  for (const key of rig.space.keys) key.deadFrom = Number.POSITIVE_INFINITY
  await rotate(rig.context, 'video', {})
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'drift', needs: `adopt:${rig.dead}` })
})

test('nothing is where the key was: a name may be wrong, so that a person decides', async () => {
  const rig = await restoreOld()
  rig.secrets.secrets.get('app-0')?.versions.splice(0)
  await rotate(rig.context, 'video', {})
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'value-lost', needs: 'value-gone' })
  expect(rig.live()).toHaveLength(1)
  expect((await resume(rig.context, 'video', ['value-gone'])).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('a field beside it holds the current key: that key is not ended under it', async () => {
  const rig = makeRig()
  const content = rig.secrets.contentOf('app-0')
  await rig.rotate()
  const current = rig.secrets.contentOf('app-0')
  rig.secrets.foreignWrite('app-0', { ...(content as object), COPY: (current as { KEY: string }).KEY })
  for (const version of rig.secrets.secrets.get('app-0')?.versions.slice(0, -1) ?? []) version.retired = true
  rig.pass(2 * DAY)
  await rotate(rig.context, 'video', {})
  expect((await rig.rotation()).hold).toMatchObject({ needs: 'unused:store/app-0#COPY' })
})

import { expect, test } from 'vitest'
import { addUsage } from '../../../src/service/usage/add-usage.ts'
import { showUsage } from '../../../src/service/usage/show-usage.ts'
import { DAY, HOUR, makeUsageRig } from './rig.ts'

test('a counter of a dashboard: the first number begins, the next one counts what came since', async () => {
  const rig = makeUsageRig()
  const name = rig.key.name
  const first = await addUsage(rig.context, name, { credits: 911, at: rig.now(), total: true })
  expect(first.taken).toEqual([{ unit: 'credits', amount: 0, beganAt: null, endedAt: rig.now() }])
  rig.pass(2 * HOUR)
  const second = await addUsage(rig.context, name, { credits: 951, at: rig.now(), total: true })
  expect(second.taken[0]).toMatchObject({ amount: 40, beganAt: rig.now() - 2 * HOUR })
  const [shown] = await showUsage(rig.context, [name])
  expect(shown?.series[0]).toMatchObject({ series: 'typed/credits', day: 40 })
  await expect(
    addUsage(rig.context, name, { credits: 960, at: rig.now() - HOUR, total: true }),
  ).rejects.toThrow('not earlier')
})

test('numbers of a time need its beginning once; then they go on where the last ones ended', async () => {
  const rig = makeUsageRig({ mostPerHour: 100, policy: 'ask' })
  const name = rig.key.name
  const at = rig.now()
  await expect(addUsage(rig.context, name, { requests: 5, at, total: false })).rejects.toThrow('since when')
  await addUsage(rig.context, name, { requests: 5, at, from: at - HOUR, total: false })
  rig.pass(HOUR)
  const added = await addUsage(rig.context, name, { requests: 150, at: rig.now(), total: false })
  expect(added.taken[0]).toMatchObject({ beganAt: at, endedAt: rig.now() })
  expect(added.findings.map(({ kind, numbers }) => [kind, numbers.amount])).toEqual([['limit', 150]])
  expect(rig.events.filter(({ kind }) => kind === 'usage-limit')).toHaveLength(1)
  const refused = async (use: { at: number; from?: number }) =>
    expect(addUsage(rig.context, name, { requests: 1, total: false, ...use })).rejects.toThrow()
  await refused({ at: rig.now() + DAY })
  await refused({ at: rig.now(), from: rig.now() + 1 })
  await refused({ at: rig.now(), from: rig.now() - 50 * DAY })
})

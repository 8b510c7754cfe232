import { expect, test } from 'vitest'
import { PAUSE_OF_ALL } from '../../../src/contracts/pause.ts'
import { pause, unpause } from '../../../src/service/pause.ts'
import { rotate } from '../../../src/service/rotate.ts'
import { DAY_MS, goBy, HOUR_MS, MINUTE_MS, makeKeys, makeServedRig, startServing } from './rig.ts'

const policy = { everyMs: 30 * DAY_MS, overlapMs: HOUR_MS, afterCareMs: 0 }

test('a pause of all keys reaches a process that serves, and so does its end', async () => {
  const rig = makeServedRig()
  const keys = makeKeys(rig, 3, { policy: { ...rig.key.policy, ...policy }, lookEveryMs: DAY_MS })
  const one = startServing(rig, { keys })
  await goBy(rig, HOUR_MS)
  const person = { ...one.context, standing: { pausedAll: null }, stop: new AbortController().signal }
  await pause(person, { key: null, by: 'ann' })
  await goBy(rig, MINUTE_MS)
  expect(one.said).toContain('all keys are paused: no rotation starts by itself')
  await goBy(rig, 40 * DAY_MS)
  const rotations = async () =>
    (await Promise.all([...keys.keys()].map((key) => rig.context.journal.load(key)))).filter(
      ({ record }) => record?.last,
    )
  expect(await rotations()).toHaveLength(0)
  // What a person asks for is done.
  await rotate({ ...person, waitMs: 2 * HOUR_MS, keys }, 'key-0', {})
  expect(await rotations()).toHaveLength(1)
  await unpause(person, { key: null, by: 'ann' })
  await goBy(rig, DAY_MS)
  expect(one.said).toContain('the pause of all keys is over')
  expect(await rotations()).toHaveLength(3)
  one.stop()
  await one.ended
})

test('a pause that cannot be read holds what starts by itself', async () => {
  const rig = makeServedRig()
  const keys = makeKeys(rig, 1, { policy: { ...rig.key.policy, ...policy }, lookEveryMs: DAY_MS })
  await rig.context.journal.documents.write(PAUSE_OF_ALL, { text: '{"at":', revision: 0 })
  const one = startServing(rig, { keys })
  await goBy(rig, 40 * DAY_MS)
  expect((await rig.context.journal.load('key-0')).record?.last).toBeNull()
  expect(one.failed).toEqual([])
  one.stop()
  await one.ended
})

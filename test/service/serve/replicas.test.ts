/* Several processes serve the same keys: claims divide the work, and nobody leads. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../../src/contracts/config.ts'
import { fractionOf } from '../../../src/contracts/spread.ts'
import { jitterMs } from '../../../src/schedule/jitter.ts'
import { makeRig, type Rig } from '../../engine/harness.ts'
import { DAY_MS, goBy, MINUTE_MS, makeKeys, startServing } from './rig.ts'

test('three processes, 200 keys due in one minute: each is rotated once, and no key is created twice', async () => {
  const rig = makeRig({ lookEveryMs: 30 * DAY_MS, leaseMs: 60_000 })
  const keys = makeKeys(rig, 200)
  const limits = { atOnce: 4, perRun: 1_000, perDay: 1_000 }
  const processes = ['one', 'two', 'three'].map((holder) => startServing(rig, { keys, limits, holder }))
  await goBy(rig, 10 * MINUTE_MS)
  for (const key of keys.values()) await makeDue(rig, key, rig.now() + MINUTE_MS * (1 + fractionOf(key.name)))
  const before = rig.now()
  await goBy(rig, 10 * MINUTE_MS)
  for (const process of processes) process.stop()
  for (const process of processes) expect(await process.ended).toEqual({ left: [] })
  expect(processes.flatMap(({ failed }) => failed)).toEqual([])
  const records = await rig.context.journal.list({ limit: 1_000 })
  expect(records.filter(({ last }) => last?.end === 'completed' && last.at > before)).toHaveLength(200)
  expect(rig.space.calls.issue).toBe(200)
  expect(rig.live()).toHaveLength(201)
  const issued = processes.map(({ calls }) => calls['issuer.issue'] ?? 0)
  for (const count of issued) expect(count).toBeGreaterThan(20)
  // A claim that another process holds costs a request each: adoption and rotation take one, and few are in vain.
  const claims = processes.reduce((sum, { calls }) => sum + (calls['journal.claim'] ?? 0), 0)
  expect(claims).toBeLessThan(500)
})

/** Gives the key such an age that it is due at this moment. */
async function makeDue(rig: Rig, key: KeyConfig, at: number): Promise<void> {
  const { everyMs } = key.policy
  const claim = await rig.context.journal.claim(key.name, { holder: 'test', leaseMs: 1_000 })
  if (claim === 'held' || !claim.record?.current) throw new Error(`${key.name} cannot be made due`)
  const current = { ...claim.record.current, since: at - everyMs + jitterMs(key.name, everyMs) }
  await rig.context.journal.commit(claim, { record: { ...claim.record, current }, audit: [], release: true })
}

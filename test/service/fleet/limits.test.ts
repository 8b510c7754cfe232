/* A campaign uses what the limits of its services allow, and hardly a call is refused. `test/bench/fleet.ts` has more keys. */
import { expect, test } from 'vitest'
import { rotateUnderLimits } from './under-limits.ts'

const second = (calls: number) => ({ calls, perMs: 1_000 })

test('keys under a limit of writes take hardly longer than it allows, and hardly a call is refused', async () => {
  const limits = { writes: second(10), keys: second(150), probes: second(1_000) }
  const { done, tookMs, floorMs, calls, refused } = await rotateUnderLimits({
    ...{ keys: 150, limits, latencyMs: 10, atOnce: 100 },
  })
  expect(done).toBe(150)
  expect(floorMs).toBe(30_000)
  expect(tookMs).toBeLessThanOrEqual(1.1 * floorMs)
  expect(refused).toBeLessThanOrEqual(0.01 * calls)
}, 60_000)

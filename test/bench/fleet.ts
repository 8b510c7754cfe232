/**
 * How near a campaign comes to what the limits of its services allow: `node test/bench/fleet.ts [keys]`. Memory providers
 * on a virtual clock, under the published 50 writes of secrets a second and made-up limits of an issuer. Goals: at most
 * 1.10 times the least time, at most one call in a hundred refused. The time that this process takes is printed as well.
 */
import { parseArgs } from 'node:util'
import { rotateUnderLimits } from '../service/fleet/under-limits.ts'

const GOAL_RATIO = 1.1
const GOAL_REFUSED = 0.01

const { positionals } = parseArgs({ allowPositionals: true })
const keys = Number(positionals[0] ?? 10_000)
const second = (calls: number) => ({ calls, perMs: 1_000 })
const limits = { writes: second(50), reads: second(10_000), keys: second(200), probes: second(1_500) }
const began = performance.now()
const { done, tookMs, floorMs, calls, refused } = await rotateUnderLimits({
  keys,
  limits,
  latencyMs: 10,
  atOnce: 200,
})
const ratio = tookMs / floorMs
const refusedPart = refused / calls
console.log(
  `${done} of ${keys} keys in ${Math.round(tookMs / 1_000)} s, least ${Math.round(floorMs / 1_000)} s: ratio ${ratio.toFixed(3)}`,
)
console.log(`${refused} of ${calls} calls were refused (${(refusedPart * 100).toFixed(3)} %)`)
console.log(`took this process ${Math.round((performance.now() - began) / 1_000)} s`)
if (done < keys || ratio > GOAL_RATIO || refusedPart > GOAL_REFUSED) process.exitCode = 1

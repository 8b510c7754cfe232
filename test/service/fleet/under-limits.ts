/* One campaign over keys whose services have limits, on a virtual clock, against the least time that those allow. */

import { openCallBudget } from '../../../src/budget/call-budget.ts'
import type { Context } from '../../../src/service/context.ts'
import { floorMs, LimitedServices, type Limits, publish } from './limited.ts'
import { leak, makeFleetRig, rotateAll } from './rig.ts'

export interface UnderLimits {
  readonly done: number
  readonly tookMs: number
  readonly floorMs: number
  readonly calls: number
  readonly refused: number
}

const POLICY = {
  callLimitMs: 20_000,
  giveUpMs: 3_600_000,
  readyLimitMs: 60_000,
  retryMinMs: 50,
  retryMaxMs: 5_000,
}

async function measureOne(limits: Limits): Promise<Record<string, number>> {
  const fleet = await makeFleetRig(1, { setup: { policy: POLICY, leaseMs: 60_000 } })
  const services = new LimitedServices(fleet.rig.clock, {}, 1)
  await rotateAll(fleet.process({ around: services.around }), leak)
  return Object.fromEntries(Object.keys(limits).map((name) => [name, services.answered[name] ?? 0]))
}

/** @param about.atOnce rotations at the same time */
export async function rotateUnderLimits(about: {
  keys: number
  limits: Limits
  latencyMs: number
  atOnce: number
}): Promise<UnderLimits> {
  const { keys, limits, latencyMs, atOnce } = about
  const perKey = await measureOne(limits)
  const fleet = await makeFleetRig(keys, { setup: { policy: POLICY, leaseMs: 60_000, waitMs: 600_000 } })
  const services = new LimitedServices(fleet.rig.clock, limits, latencyMs)
  const plain = fleet.process({ around: services.around })
  const { clock, random, stop, holder } = plain
  const budget = openCallBudget({
    ...{ clock, random, stop, holder, documents: plain.journal.documents },
    limitsOf: async (provider) => publish(limits, provider),
  })
  const context: Context = { ...plain, budget }
  const began = clock.monotonicMs()
  const { campaign } = await rotateAll(context, { ...leak, isBreakGlass: true, caps: { atOnce } })
  const tookMs = clock.monotonicMs() - began
  await budget.close()
  return {
    ...{ done: campaign.counts.done, tookMs, refused: services.refused, calls: services.calls },
    floorMs: floorMs(keys, perKey, limits),
  }
}

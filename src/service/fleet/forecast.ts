/** How long a campaign will take, by what config and providers say of their times. No request is made. */
import type { KeyConfig } from '../../contracts/config.ts'
import { callsOfRotation, type Demand, sumDemand } from '../../fleet/calls.ts'
import type { CampaignPlan } from '../../fleet/campaign.ts'
import { type Estimate, estimateAll, rotationMs } from '../../fleet/estimate.ts'
import type { Context } from '../context.ts'

export interface Forecast extends Estimate {
  /** Of the slowest rotation. */
  readonly perKeyMs: number
  /** Both keys are valid for so long before the next wave begins; 0 for leaked keys. */
  readonly overlapMs: number
  /** What it takes of the budgets of issuers and stores, the one that takes longest first. */
  readonly demands: readonly Demand[]
}

export async function forecast(
  context: Context,
  plan: CampaignPlan,
  keys: readonly KeyConfig[],
): Promise<Forecast> {
  const isCompromised = plan.order.reason === 'compromised'
  let perKeyMs = 0
  let overlapMs = 0
  // Keys of the same issuer, stores and times take the same.
  const kinds = Map.groupBy(keys, (key) =>
    JSON.stringify([key.issuer, key.targets.map(({ store }) => store), key.policy, key.settleMs]),
  )
  const asked: Awaited<ReturnType<typeof demandOf>> = []
  for (const same of kinds.values()) {
    const [key] = same
    if (!key) continue
    const demand = await demandOf(context, key)
    asked.push(...demand.map((one) => ({ ...one, calls: one.calls * same.length })))
    const ownOverlapMs = isCompromised ? 0 : key.policy.overlapMs
    overlapMs = Math.max(overlapMs, ownOverlapMs)
    perKeyMs = Math.max(perKeyMs, await timeOf(context, key, ownOverlapMs))
  }
  const demands = sumDemand(asked)
  return { ...estimateAll(plan, perKeyMs, demands[0]?.ms ?? 0), perKeyMs, overlapMs, demands }
}

/** What the rotation of this key takes, as far as its calls are counted. */
async function demandOf({ budget }: Context, { issuer, targets }: KeyConfig) {
  if (!budget) return []
  const ofIssuer = Object.entries(callsOfRotation.issuer).map(([verb, times]) => ({
    provider: issuer,
    verb,
    times,
  }))
  const ofStores = targets.flatMap(({ store }) =>
    Object.entries(callsOfRotation.store).map(([verb, times]) => ({ provider: store, verb, times })),
  )
  const costs = await Promise.all(
    [...ofIssuer, ...ofStores].map(async ({ provider, verb, times }) =>
      (await budget.costs(provider, verb)).map((cost) => ({ ...cost, calls: cost.calls * times })),
    ),
  )
  return costs.flat()
}

async function timeOf({ providers }: Context, key: KeyConfig, overlapMs: number): Promise<number> {
  const { traits } = await providers.issuer(key.issuer)
  const stores = await Promise.all(storesOf(key).map((store) => providers.store(store)))
  const settleMs = Math.max(traits.settleMs, key.settleMs ?? 0)
  return rotationMs({
    settleMs,
    revokeSettleMs: traits.revokeSettleMs ?? settleMs,
    storeSettleMs: Math.max(0, ...stores.map((store) => store.traits.settleMs)),
    hasConsumers: key.consumers.length > 0,
    overlapMs,
    confirmations: key.policy.confirmations,
  })
}

function storesOf({ targets }: KeyConfig): string[] {
  return [...new Set(targets.map(({ store }) => store))]
}

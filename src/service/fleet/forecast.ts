/** How long a campaign will take, by what config and providers say of their times. No request is made. */
import type { KeyConfig } from '../../contracts/config.ts'
import type { CampaignPlan } from '../../fleet/campaign.ts'
import { type Estimate, estimateAll, rotationMs } from '../../fleet/estimate.ts'
import type { Context } from '../context.ts'

export interface Forecast extends Estimate {
  /** Of the slowest rotation. */
  readonly perKeyMs: number
  /** Both keys are valid for so long before the next wave begins; 0 for leaked keys. */
  readonly overlapMs: number
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
    JSON.stringify([key.issuer, storesOf(key), key.policy, key.settleMs]),
  )
  for (const [key] of kinds.values()) {
    if (!key) continue
    const ownOverlapMs = isCompromised ? 0 : key.policy.overlapMs
    overlapMs = Math.max(overlapMs, ownOverlapMs)
    perKeyMs = Math.max(perKeyMs, await timeOf(context, key, ownOverlapMs))
  }
  return { ...estimateAll(plan, perKeyMs, 0), perKeyMs, overlapMs }
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

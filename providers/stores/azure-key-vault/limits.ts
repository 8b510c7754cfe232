import type { CallCost, PublishedLimits } from '../../../src/contracts/budget.ts'

/** Each counts among all transactions; setting a secret also among creations. */
const COSTS: Readonly<Record<string, readonly CallCost[]>> = {
  check: [{ class: 'transactions', calls: 2 }],
  read: [{ class: 'transactions', calls: 1 }],
  write: [
    { class: 'writes', calls: 1 },
    { class: 'transactions', calls: 3 },
  ],
  retire: [{ class: 'transactions', calls: 2 }],
}

/**
 * Of a vault in a region, within ten seconds: 4,000 transactions on secrets, of which 300 may create one.
 * Microsoft's pages differ about the second; the smaller one is taken.
 * https://learn.microsoft.com/azure/key-vault/general/service-limits
 */
export function publishedLimits({ vault }: { vault: string }): PublishedLimits {
  const perMs = 10_000
  return {
    account: `azure ${new URL(vault).host}`,
    classes: { writes: { calls: 300, perMs }, transactions: { calls: 4_000, perMs } },
    costs: (verb) => COSTS[verb] ?? [],
  }
}

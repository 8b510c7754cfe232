import type { CallCost, PublishedLimits } from '../../../src/contracts/budget.ts'

/** GetSecretValue, PutSecretValue, UpdateSecretVersionStage; DescribeSecret, then as many labels as there are, mostly one. */
const COSTS: Readonly<Record<string, readonly CallCost[]>> = {
  check: [{ class: 'reads', calls: 2 }],
  read: [{ class: 'reads', calls: 1 }],
  write: [
    { class: 'writes', calls: 2 },
    { class: 'reads', calls: 1 },
  ],
  retire: [
    { class: 'writes', calls: 1 },
    { class: 'reads', calls: 1 },
  ],
}

/**
 * Of an account in a region: PutSecretValue, UpdateSecretVersionStage and the other writes together 50 a second, which AWS
 * does not raise; GetSecretValue and DescribeSecret together 10,000 a second.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export function publishedLimits(options: {
  account?: string | undefined
  region?: string | undefined
  profile?: string | undefined
  endpoint?: string | undefined
}): PublishedLimits {
  const { account, region, profile, endpoint } = options
  // What only the environment says is the same for all providers that leave it to it.
  const who = [account ?? `profile ${profile ?? 'default'}`, region ?? 'default region', endpoint]
  return {
    account: `aws ${who.filter((one) => one !== undefined).join(' ')}`,
    classes: { writes: { calls: 50, perMs: 1_000 }, reads: { calls: 10_000, perMs: 1_000 } },
    costs: (verb) => COSTS[verb] ?? [],
  }
}

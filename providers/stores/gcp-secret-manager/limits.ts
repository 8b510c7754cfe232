import type { CallCost, PublishedLimits } from '../../../src/contracts/budget.ts'

const ACCESS: CallCost = { class: 'accesses', calls: 1 }
const READ: CallCost = { class: 'reads', calls: 1 }

/** A read lists the newest versions and accesses one. */
const COSTS: Readonly<Record<string, readonly CallCost[]>> = {
  check: [{ class: 'reads', calls: 3 }, ACCESS],
  read: [READ, ACCESS],
  write: [{ class: 'writes', calls: 1 }, READ, ACCESS],
  retire: [{ class: 'writes', calls: 1 }, READ],
}

/**
 * Of a project, a minute: 600 writes, 600 reads, 90,000 accesses. The limits of a single secret (2 a second, 120 a minute)
 * are far above what a rotation sends to it. https://cloud.google.com/secret-manager/quotas
 */
export function publishedLimits(options: {
  project: string
  location?: string | undefined
  endpoint?: string | undefined
}): PublishedLimits {
  const { project, location, endpoint } = options
  const perMs = 60_000
  return {
    account: ['gcp', project, location, endpoint].filter((one) => one !== undefined).join(' '),
    classes: {
      writes: { calls: 600, perMs },
      reads: { calls: 600, perMs },
      accesses: { calls: 90_000, perMs },
    },
    costs: (verb) => COSTS[verb] ?? [],
  }
}

/** How many calls a campaign takes of each budget, and so the least time that the limits of issuers and stores allow. */

/** Of one rotation that goes well with three confirmations: at the issuer, and in each place. `test/service/fleet/calls.test.ts` counts them. */
export const callsOfRotation = {
  issuer: { probe: 38, issue: 1, list: 2, disable: 1, revoke: 1 },
  store: { check: 1, read: 9, write: 1, retire: 1 },
} as const

/** What is taken of one budget. */
export interface Demand {
  readonly account: string
  readonly class: string
  readonly calls: number
  /** Null: no limit is known. */
  readonly perSecond: number | null
  readonly ms: number
}

interface Asked {
  readonly account: string
  readonly class: string
  readonly perSecond: number | null
  readonly calls: number
}

/** One line for each budget, the one that takes longest first. */
export function sumDemand(asked: readonly Asked[]): Demand[] {
  const groups = Map.groupBy(asked, ({ account, class: name }) => JSON.stringify([account, name]))
  return [...groups.values()]
    .flatMap((same) => {
      const [first] = same
      if (!first) return []
      const calls = same.reduce((sum, one) => sum + one.calls, 0)
      const ms = first.perSecond ? (calls * 1_000) / first.perSecond : 0
      return [{ account: first.account, class: first.class, perSecond: first.perSecond, calls, ms }]
    })
    .toSorted((a, b) => b.ms - a.ms || b.calls - a.calls)
}

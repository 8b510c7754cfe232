import { defaultFleet, type FleetRules } from '../../contracts/config.ts'
import type { RawFleet } from '../schema/schema.ts'

const APPROVED_WITHIN_MS = 3_600_000

/** The rules for campaigns with every default filled in. */
export function resolveFleet(raw: RawFleet): FleetRules {
  const { stuckAfter, approval, ...rest } = raw
  return {
    ...rest,
    stuckAfterMs: stuckAfter ?? defaultFleet.stuckAfterMs,
    ...(approval && {
      approval: { for: approval.for, from: approval.from, withinMs: approval.within ?? APPROVED_WITHIN_MS },
    }),
  }
}

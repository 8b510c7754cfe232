/* What every receiver takes beside its own options: what happens when a managed key is reported. */

import { z } from 'zod'
import type { ReportPolicy } from '../../../src/contracts/receiver.ts'
import { duration, parseDurationMs } from '../options/duration.ts'

export const policyOptions = {
  policy: z
    .enum(['tell', 'ask', 'rotate'])
    .default('ask')
    .describe(
      'when a managed key is reported: tell people, alarm them with the command, or rotate it as leaked',
    ),
  killBy: duration
    .optional()
    .describe('with `rotate`: revoke the leaked key this long after the report, even if it is still in use'),
  rotationsPerDay: z
    .int()
    .min(1)
    .max(10_000)
    .default(25)
    .describe('with `rotate`: rotations that reports may start within 24 hours; the others are asked'),
}

export function toPolicy(options: {
  policy: ReportPolicy['does']
  killBy?: string | undefined
  rotationsPerDay: number
}): ReportPolicy {
  const { policy, killBy, rotationsPerDay } = options
  return {
    does: policy,
    rotationsPerDay,
    ...(killBy === undefined ? {} : { killAfterMs: parseDurationMs(killBy) }),
  }
}

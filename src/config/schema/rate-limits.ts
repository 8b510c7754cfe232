/** The limits of a service as the config gives them, instead of those that are published. */
import { z } from 'zod'
import type { Rate } from '../../contracts/budget.ts'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }
const RATE = /^([1-9]\d{0,6})\/([1-9]\d{0,3})?([smh])$/
const expected = 'expected calls per time such as 50/s, 600/m or 300/10s, or none'

const rateSchema = z
  .union([z.literal('none'), z.string().regex(RATE, expected)], { error: expected })
  .transform((text): Rate | null => {
    const [, calls, count = '1', unit = 's'] = RATE.exec(text) ?? []
    return calls === undefined
      ? null
      : { calls: Number(calls), perMs: Number(count) * (UNITS_MS[unit] ?? 1_000) }
  })

/** By class of calls; which ones there are, the provider says. */
export const rateLimitsSchema = z
  .record(z.string(), rateSchema)
  .describe(
    'how many calls the service takes, by class and for all processes together, e.g. `{ writes: 50/s }`; by default what it publishes. `none`: nothing is known, and the limit is learned when it refuses calls',
  )

/* Options of notifier `pagerduty`. */

import { z } from 'zod'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'

export const options = z.strictObject({
  routingKey: secretSource.describe('where the integration key of an Events API v2 integration comes from'),
  url: serviceUrl
    .default('https://events.pagerduty.com/v2/enqueue')
    .describe('address of the API; of the EU region: `https://events.eu.pagerduty.com/v2/enqueue`'),
  source: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\x21-\x7e]+$/, 'expected printable characters without spaces')
    .default('keyrota')
    .describe('names this installation in alerts; two that share a service need two names'),
  ca: authorities.optional(),
  limit: duration.default('10s').describe('time limit for one request'),
})

export type Options = z.output<typeof options>

export const summary = 'Alerts of PagerDuty, resolved when the trouble is over'

export const isPager = true

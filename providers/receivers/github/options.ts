/* Options of receiver `github`. */

import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { policyOptions } from '../../shared/receiver/policy.ts'

export const options = z
  .strictObject({
    partner: z
      .boolean()
      .default(false)
      .describe("take messages of the secret scanning partner program, signed by GitHub's own keys"),
    webhookSecret: secretSource
      .optional()
      .describe('take `secret_scanning_alert` webhooks, signed by the secret that is set at the webhook'),
    token: secretSource
      .optional()
      .describe(
        'reads the value of an alert (secret scanning alerts: read), which a webhook does not send; with `partner` it avoids a low rate limit',
      ),
    api: serviceUrl.default('https://api.github.com').describe('address of the REST API'),
    ...policyOptions,
  })
  .refine(({ partner, webhookSecret }) => partner || webhookSecret !== undefined, {
    error: 'expected `partner: true`, or `webhookSecret`, or both',
  })
  .refine(({ token, webhookSecret }) => webhookSecret === undefined || token !== undefined, {
    error: 'expected `token` beside `webhookSecret`: the webhook does not send the value',
  })

export type Options = z.output<typeof options>

export const summary = "GitHub's secret scanning: its partner program, and webhooks of alerts"

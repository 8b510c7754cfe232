/* Options of receiver `generic`. */

import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { policyOptions } from '../../shared/receiver/policy.ts'

export const options = z
  .strictObject({
    bearer: secretSource
      .optional()
      .describe('the token that the sender shows as `Authorization: Bearer`; at least 16 characters'),
    standardWebhooks: secretSource
      .optional()
      .describe('the secret (`whsec_…`) by which the sender signs each request, as Standard Webhooks does'),
    ...policyOptions,
  })
  .refine(({ bearer, standardWebhooks }) => (bearer === undefined) !== (standardWebhooks === undefined), {
    error: 'expected one of `bearer` and `standardWebhooks`',
  })

export type Options = z.output<typeof options>

export const summary = 'Reports in one plain form, from anything that can send JSON'

/* Options of receiver `gitguardian`. */

import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { policyOptions } from '../../shared/receiver/policy.ts'

export const options = z.strictObject({
  signatureToken: secretSource.describe('the signature token of the custom webhook'),
  ...policyOptions,
})

export type Options = z.output<typeof options>

export const summary = "GitGuardian's custom webhook, whose incidents name a value by its hash"

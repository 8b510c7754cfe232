/* Options of receiver `trufflehog`. */

import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { policyOptions } from '../../shared/receiver/policy.ts'

export const options = z.strictObject({
  bearer: secretSource.describe(
    'the token that the sender shows as `Authorization: Bearer`; at least 16 characters',
  ),
  ...policyOptions,
})

export type Options = z.output<typeof options>

export const summary = "TruffleHog's results, as `trufflehog --json` prints them"

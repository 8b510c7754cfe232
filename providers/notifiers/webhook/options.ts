/* Options of notifier `webhook`. */

import { z } from 'zod'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'

export const options = z.strictObject({
  url: secretSource.describe(
    'where the https address comes from (plain http to this machine only); whoever knows it can write to your channel',
  ),
  format: z
    .enum(['json', 'slack', 'teams', 'discord'])
    .default('json')
    .describe('form of the message: of Standard Webhooks, or as the chat takes it'),
  secret: secretSource
    .optional()
    .describe('signs the message by Standard Webhooks: `whsec_` and the secret in base64, 24 to 64 bytes'),
  ca: authorities.optional(),
  limit: duration.default('10s').describe('time limit for one request'),
})

export type Options = z.output<typeof options>

export const summary = 'Messages to a URL, signed by Standard Webhooks, or to Slack, Teams or Discord'

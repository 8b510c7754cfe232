/* Options of issuer `ppt-video`. */

import { z } from 'zod'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'

export const options = z.strictObject({
  account: z
    .string()
    .min(1)
    .max(100)
    .describe('account the keys belong to; shown to the person, since a probe cannot identify it'),
  base: serviceUrl.default('https://open.ppt.video').describe('address of the gateway'),
  dashboard: serviceUrl
    .default('https://ppt.video/dashboard')
    .describe('address of the page where keys are created and revoked'),
  paths: z
    .array(
      z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*){0,3}$/i,
          'expected a model path such as google/veo-3.1',
        ),
    )
    .min(1)
    .max(32)
    .default(['google/veo-3.1'])
    .describe('model paths the service uses; each is probed'),
  scope: z.string().min(1).max(200).optional().describe('scope of a new key, shown to the person'),
  settle: duration
    .default('60s')
    .describe('settle time: how long a new key may still be rejected and a revoked one accepted'),
  ca: authorities.optional(),
})

export type Options = z.output<typeof options>

export const summary = 'Keys for the ppt.video gateway, created and revoked by a person at its dashboard'

import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'

export const options = z.strictObject({
  account: z
    .string()
    .min(1)
    .max(100)
    .describe('the account that the keys belong to; shown to the person, since no probe can tell it'),
  base: serviceUrl.default('https://open.ppt.video').describe('address of the gateway'),
  dashboard: serviceUrl
    .default('https://ppt.video/dashboard')
    .describe('address of the page where keys are made and revoked'),
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
    .describe('model paths that the service uses; each one is probed'),
  scope: z.string().min(1).max(200).optional().describe('what a new key may be used for, told to the person'),
  settle: duration
    .default('60s')
    .describe(
      'how long a new key may still be refused, and a revoked one accepted, before that is a verdict',
    ),
})

export type Options = z.output<typeof options>

export const summary = 'Keys of the ppt.video gateway, made and revoked by a person at its dashboard'

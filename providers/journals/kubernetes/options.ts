import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import { clusterOptions } from '../../shared/kubernetes/options.ts'
import { authorities } from '../../shared/options/authorities.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'

const audit = z
  .discriminatedUnion('to', [
    z.strictObject({ to: z.literal('stdout') }),
    z.strictObject({ to: z.literal('file'), path: configPath('file that lines are appended to') }),
    z.strictObject({
      to: z.literal('https'),
      url: serviceUrl.describe('address that gets each batch of lines in a POST'),
      token: secretSource.optional(),
      ca: authorities.optional(),
    }),
  ])
  .describe(
    'where the audit trail goes beside the objects, as JSON lines: `{ to: stdout }`, `{ to: file, path }` or `{ to: https, url, token?, ca? }`; objects keep the last 100 entries only',
  )

export const options = z.strictObject({
  ...clusterOptions('namespace of the objects of the config’s keys'),
  namespaces: z
    .enum(['own', 'all'])
    .default('own')
    .describe(
      '`all` where teams declare keys in their own namespaces; needs rights on managedkeys in all of them',
    ),
  requestLimit: durationOption('10s').describe('how long one request may take'),
  giveUp: durationOption('30s').describe('how long a request that fails is tried again'),
  events: z.boolean().default(true).describe('write an Event for each step and for what blocks a rotation'),
  audit: audit.optional(),
})

export type Options = z.output<typeof options>
export type AuditOptions = z.output<typeof audit>

export { clusterRules } from './permissions.ts'

export const summary = 'ManagedKey objects in a Kubernetes cluster, for any number of workers and no database'

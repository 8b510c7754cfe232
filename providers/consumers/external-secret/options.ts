/* Options of consumer `external-secret`. */

import { z } from 'zod'
import { objectName } from '../../shared/kubernetes/names.ts'
import { clusterOptions } from '../../shared/kubernetes/options.ts'
import { workloadKinds } from '../../shared/kubernetes/workload/kinds.ts'
import { restartOptions } from '../../shared/kubernetes/workload/options.ts'
import { proofOption } from '../../shared/kubernetes/workload/proof-option.ts'
import { durationOption } from '../../shared/options/duration.ts'

export { clusterRules } from './permissions.ts'

export const options = z.strictObject({
  name: objectName.describe('name of the ExternalSecret'),
  ...clusterOptions('namespace of the ExternalSecret and of the workloads'),
  version: z
    .enum(['v1', 'v1beta1'])
    .default('v1')
    .describe('version of external-secrets.io that the cluster serves'),
  secret: objectName
    .optional()
    .describe('name of the Secret that it writes; by default that of the ExternalSecret'),
  field: z
    .string()
    .regex(/^[-._a-zA-Z0-9]{1,253}$/, 'expected the name of a field of the Secret')
    .describe('field of the Secret that holds the key, or one part of it, and nothing else'),
  workloads: z
    .array(
      z.strictObject({
        kind: z.enum(workloadKinds).describe('kind of the workload'),
        name: objectName.describe('name of the workload'),
      }),
    )
    .max(16)
    .default([])
    .describe('what is restarted once the Secret holds the key'),
  refreshWait: durationOption('8s').describe(
    'how long one try waits for the Secret; it is tried again. Together with `settle`, `gather` and `reloaderWait` shorter than `callLimit`',
  ),
  settle: durationOption('2s').describe(
    'how long a pod that starts now may still get the replaced value from its node',
  ),
  ...restartOptions,
  reloaderWait: durationOption('4s').describe(restartOptions.reloaderWait.description ?? ''),
  fingerprint: proofOption,
})

export type Options = z.output<typeof options>

export const summary = 'Workloads behind the External Secrets Operator'

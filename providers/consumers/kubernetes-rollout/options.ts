/* Options of consumer `kubernetes-rollout`. */

import { z } from 'zod'
import { objectName } from '../../shared/kubernetes/names.ts'
import { clusterOptions } from '../../shared/kubernetes/options.ts'
import { workloadKinds } from '../../shared/kubernetes/workload/kinds.ts'
import { restartOptions } from '../../shared/kubernetes/workload/options.ts'
import { proofOption } from '../../shared/kubernetes/workload/proof-option.ts'

export { clusterRules } from './permissions.ts'

export const options = z.strictObject({
  kind: z.enum(workloadKinds).describe('kind of the workload'),
  name: objectName.describe('name of the workload'),
  ...clusterOptions('namespace of the workload'),
  restart: z
    .boolean()
    .default(true)
    .describe('false for a workload that reloads its key itself; then `fingerprint` has to prove it'),
  ...restartOptions,
  fingerprint: proofOption,
})

export type Options = z.output<typeof options>

export const summary = 'A workload of a Kubernetes cluster'

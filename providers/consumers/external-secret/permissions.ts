import type { ClusterRule, PolicyRequest } from '../../../src/contracts/provider-entry.ts'
import { type ClusterOptions, clusterOf } from '../../shared/kubernetes/options.ts'
import type { WorkloadKind } from '../../shared/kubernetes/workload/kinds.ts'
import { rulesOfWorkload } from '../../shared/kubernetes/workload/rules.ts'

interface Place extends Pick<ClusterOptions, 'kubeconfig' | 'context' | 'namespace'> {
  readonly name: string
  readonly secret?: string | undefined
  readonly workloads: readonly { kind: WorkloadKind; name: string }[]
}

/** The ExternalSecret, the Secret that it writes to be read, and the workloads. */
export function clusterRules({ options, role }: PolicyRequest<Place>): ClusterRule[] {
  if (role !== 'keyrota') return []
  const place = { cluster: clusterOf(options), namespace: options.namespace ?? '' }
  const { name, secret = name } = options
  return [
    {
      ...place,
      group: 'external-secrets.io',
      resource: 'externalsecrets',
      names: [name],
      verbs: ['get', 'patch'],
    },
    { ...place, group: '', resource: 'secrets', names: [secret], verbs: ['get'] },
    ...options.workloads.flatMap((workload) => rulesOfWorkload(options, workload, true)),
  ]
}

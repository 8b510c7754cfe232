import type { ClusterRule, PolicyRequest } from '../../../src/contracts/provider-entry.ts'
import type { ClusterOptions } from '../../shared/kubernetes/options.ts'
import type { WorkloadKind } from '../../shared/kubernetes/workload/kinds.ts'
import { rulesOfWorkload } from '../../shared/kubernetes/workload/rules.ts'

interface Place extends Pick<ClusterOptions, 'kubeconfig' | 'context' | 'namespace'> {
  readonly kind: WorkloadKind
  readonly name: string
  readonly restart: boolean
}

/** Nothing for those who only read the key. */
export function clusterRules({ options, role }: PolicyRequest<Place>): ClusterRule[] {
  return role === 'keyrota' ? rulesOfWorkload(options, options, options.restart) : []
}

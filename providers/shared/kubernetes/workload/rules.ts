import type { ClusterRule } from '../../../../src/contracts/provider-entry.ts'
import { type ClusterOptions, clusterOf } from '../options.ts'
import { resources, type WorkloadKind } from './kinds.ts'

/** The named workload, and the list of pods, which no name can limit. */
export function rulesOfWorkload(
  options: Pick<ClusterOptions, 'kubeconfig' | 'context' | 'namespace'>,
  { kind, name }: { kind: WorkloadKind; name: string },
  isRestarted: boolean,
): ClusterRule[] {
  const place = { cluster: clusterOf(options), namespace: options.namespace ?? '' }
  const { group, plural } = resources[kind]
  const verbs = isRestarted ? ['get', 'patch'] : ['get']
  return [
    { ...place, group, resource: plural, names: [name], verbs },
    { ...place, group: '', resource: 'pods', verbs: ['list'] },
  ]
}

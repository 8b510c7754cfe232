import type { ClusterRule, PolicyRequest } from '../../../src/contracts/provider-entry.ts'
import { GROUP, PLURAL } from '../../shared/kubernetes/managed-key.ts'
import { type ClusterOptions, clusterOf } from '../../shared/kubernetes/options.ts'

interface Place extends Pick<ClusterOptions, 'kubeconfig' | 'context' | 'namespace'> {
  readonly events: boolean
}

/** What a worker needs in the namespace of the config's keys; those who only read a key need nothing. */
export function clusterRules({ options, role }: PolicyRequest<Place>): ClusterRule[] {
  if (role !== 'keyrota') return []
  const place = { cluster: clusterOf(options), namespace: options.namespace ?? '' }
  return [
    // Deletion is for keys that left the config without ever having had a record.
    {
      ...place,
      group: GROUP,
      resource: PLURAL,
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    },
    { ...place, group: GROUP, resource: `${PLURAL}/status`, verbs: ['patch'] },
    // Documents that the processes of an installation share. A name cannot be given: `create` and `list` know none.
    {
      ...place,
      group: '',
      resource: 'configmaps',
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    },
    ...(options.events
      ? [{ ...place, group: 'events.k8s.io', resource: 'events', verbs: ['create', 'get', 'patch'] }]
      : []),
  ]
}

import type { ClusterRule, PolicyRequest } from '../../../src/contracts/provider-entry.ts'
import { clusterOf } from '../../shared/kubernetes/options.ts'

interface Place {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
}

/** The named Secrets alone. */
export function clusterRules({ options, addresses, role }: PolicyRequest<Place>): ClusterRule[] {
  return addresses.map(({ secret }) => {
    const slash = secret.indexOf('/')
    return {
      cluster: clusterOf(options),
      namespace: slash < 0 ? (options.namespace ?? '') : secret.slice(0, slash),
      group: '',
      resource: 'secrets',
      names: [secret.slice(slash + 1)],
      verbs: role === 'keyrota' ? ['get', 'patch'] : ['get'],
    }
  })
}

import { join } from 'node:path'
import { describeIssuer } from '../five-targets/config.ts'

/** Times that let a rotation end in seconds; teams may set no others than these defaults allow. */
const quick = {
  ...{ overlap: '300ms', confirmations: 2, callLimit: '5s', lease: '12s', readyLimit: '10s', giveUp: '60s' },
  ...{ retryMin: '50ms', retryMax: '400ms', quietFor: '1ms', every: '90d', lookEvery: '0s' },
}

/** The config of a platform with one key of its own, and two namespaces that are opened to teams. */
export function describeTeams(about: {
  gateway: string
  token: string
  kubeconfig: string
  namespace: string
  folder: string
  /** Of these tests alone: others leave records in the same cluster. */
  installation: string
  teams: readonly string[]
}): object {
  const { namespace, kubeconfig } = about
  return {
    installation: about.installation,
    issuers: { video: describeIssuer(about.gateway, about.token), billing: { type: 'memory' } },
    stores: { cluster: { type: 'kubernetes-secret', kubeconfig, namespace, settle: '0s' } },
    journal: { type: 'kubernetes', kubeconfig, namespace, namespaces: 'all' },
    stateFolder: join(about.folder, 'state'),
    defaults: quick,
    kubernetes: {
      teams: [
        {
          namespaces: about.teams,
          ...{ environments: ['staging'], issuers: ['video'], stores: ['cluster'], maxKeys: 40 },
        },
      ],
    },
    keys: {
      ops: {
        ...{ environment: 'production', service: 'ops', owner: 'platform', issuer: 'video', first: true },
        targets: [{ store: 'cluster', secret: 'ops', field: 'API_KEY' }],
      },
    },
  }
}

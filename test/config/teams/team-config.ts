import { z } from 'zod'
import { providers } from '../../../providers/index.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { loadPlatform } from '../../../src/config/teams/load-platform.ts'
import type { Around, TeamObject } from '../../../src/config/teams/read-team-keys.ts'
import { type Config, ConfigError } from '../../../src/contracts/config.ts'
import type { ProviderList } from '../../../src/contracts/provider-entry.ts'
import { tinyProviders } from '../tiny-providers.ts'

const journal = {
  options: async () => ({
    summary: 'Objects of a cluster',
    options: z.strictObject({
      kubeconfig: z.string().optional(),
      context: z.string().optional(),
      namespaces: z.enum(['own', 'all']).default('own'),
    }),
  }),
  load: async () => {
    throw new Error('reading a config must not import an adapter')
  },
}

/** The real store of Secrets beside issuers that are easy to get wrong. */
const teamProviders: ProviderList = {
  ...tinyProviders,
  stores: { ...tinyProviders.stores, 'kubernetes-secret': providers.stores['kubernetes-secret'] ?? journal },
  journals: { ...tinyProviders.journals, kubernetes: journal },
} as ProviderList

export function loadTeams(text: string): Promise<Config> {
  return loadConfig({
    path: '/etc/keyrota/keyrota.yaml',
    text,
    providers: teamProviders,
    env: { HOME: '/home/ada' },
  })
}

/** Each problem of a config as `path: message | expected | suggestion`. */
export async function problemsOfConfig(text: string): Promise<string[]> {
  try {
    await loadTeams(text)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ path, message, expected = '-', suggestion = '-' }) =>
      [`${path}: ${message}`, expected, suggestion].join(' | '),
    )
  }
}

export const head = `installation: k7f3
issuers:
  video-staging: { type: rest, base: https://staging.example.com }
  video: { type: rest, base: https://api.example.com }
  billing: { type: rest, base: https://billing.example.com }
  single: { type: rest, base: https://one.example.com, lifecycle: roll, oldKeyOnIssue: lives }
  ending: { type: rest, base: https://two.example.com, lifecycle: roll }
stores:
  cluster: { type: kubernetes-secret, namespace: keyrota }
  elsewhere: { type: kubernetes-secret, context: other }
  aws: { type: cloud }
consumers:
  renderer: { type: page, url: https://renderer.internal/health }
`

export const platform = `${head}journal: { type: kubernetes, namespaces: all }
defaults: { every: 30d }
kubernetes:
  teams:
    - namespaces: team-*
      environments: [staging]
      issuers: [video-staging, single, ending]
      stores: [cluster]
      maxKeys: 3
    - namespaces: [team-a]
      environments: [production]
      issuers: [video]
      stores: [cluster]
      scopes: ['video:read']
keys:
  ops:
    environment: production
    service: ops
    owner: platform
    issuer: video
    targets: [{ store: cluster, secret: team-a/shared, field: OPS_KEY }]
`

export async function loadAround(text = platform): Promise<Around> {
  const config = await loadTeams(text)
  const loaded = await loadPlatform(config, teamProviders)
  if (!loaded) throw new Error('this config opens nothing to teams')
  return { platform: loaded, configured: config.keys, ownNamespace: 'keyrota' }
}

export type Spec = Record<string, unknown>

export const spec: Spec = {
  environment: 'staging',
  service: 'renderer',
  owner: 'video-team',
  issuer: 'video-staging',
  targets: [{ store: 'cluster', secret: 'renderer', field: 'API_KEY' }],
}

export function objectOf(more: Spec = {}, about: Partial<TeamObject> = {}): TeamObject {
  return { namespace: 'team-a', name: 'renderer', createdAt: 1000, spec: { ...spec, ...more }, ...about }
}

import type { Values } from './helm.ts'

/** Values of a release with one key in the Secret `app`, which a gateway's API makes. */
export function valuesOfOneKey({
  issuer = { type: 'memory' },
  secret = 'app',
  defaults = {},
}: {
  issuer?: object
  secret?: string
  defaults?: object
} = {}): { config: Record<string, unknown> } & Values {
  return {
    config: {
      installation: 'k7f3',
      issuers: { gateway: issuer },
      defaults,
      keys: {
        'renderer-prod': {
          environment: 'production',
          service: 'renderer',
          owner: 'video-team',
          issuer: 'gateway',
          first: true,
          targets: [{ store: 'cluster', secret, field: 'API_KEY' }],
        },
      },
    },
  }
}

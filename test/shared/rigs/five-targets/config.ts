import { stringify } from 'yaml'
import type { StoreName } from './servers.ts'

export const KEY = 'five'
export const FIELD = 'API_KEY'
/** The other key, in a field of its own of the same secrets. */
export const SECOND_KEY = 'second'
export const SECOND_FIELD = 'OTHER_KEY'

const defaults = {
  every: '90d',
  overlap: '300ms',
  confirmations: 2,
  callLimit: '5s',
  lease: '12s',
  readyLimit: '10s',
  giveUp: '60s',
  retryMin: '50ms',
  retryMax: '400ms',
}

/** The sandbox's REST key API, described as any other one. */
export function describeIssuer(base: string, tokenFile: string): object {
  return {
    type: 'http',
    base,
    settle: '150ms',
    auth: { management: { bearer: { file: tokenFile } } },
    create: {
      request: 'POST /v1/keys',
      json: { name: '{{ name }}' },
      id: '$.id',
      parts: { value: '$.key' },
    },
    list: {
      request: 'GET /v1/keys',
      items: '$.data[*]',
      id: '$.id',
      name: '$.name',
      createdAt: '$.created_at',
      paginate: { kind: 'cursor', param: 'cursor', from: '$.next_cursor' },
    },
    disable: { request: 'POST /v1/keys/{{ id }}/disable' },
    enable: { request: 'POST /v1/keys/{{ id }}/enable' },
    revoke: { request: 'DELETE /v1/keys/{{ id }}' },
    probe: {
      request: 'POST /api/v1/generation/google/veo-3.1',
      json: { prompt: [] },
      accepted: 422,
      rejected: 401,
    },
  }
}

/** The config of one key, or of two that share their secrets, as a person would write it for these servers. */
export function describeConfig(about: {
  /** Options of each store, by its name. */
  stores: object
  /** Addresses of the gateway and the fleet. */
  gateway: string
  fleet: string
  tokenFile: string
  secrets: readonly { store: StoreName; secret: string }[]
  keys: readonly string[]
  defaults: object
}): string {
  const placed = (field: string) => about.secrets.map(({ store, secret }) => ({ store, secret, field }))
  const shared = { environment: 'test', owner: 'team', issuer: 'gateway' }
  const keys = {
    [KEY]: { ...shared, service: 'fleet', targets: placed(FIELD), consumers: ['fleet'] },
    [SECOND_KEY]: { ...shared, service: 'other', targets: placed(SECOND_FIELD), quietFor: '1ms' },
  }
  return stringify({
    installation: 'five',
    stateFolder: 'state',
    issuers: { gateway: describeIssuer(about.gateway, about.tokenFile) },
    stores: about.stores,
    consumers: {
      fleet: {
        type: 'http',
        url: `${about.fleet}/health`,
        failOn: [401, 403, 500],
        fingerprint: { header: 'x-key-fingerprint' },
        restart: { url: `${about.fleet}/restart` },
      },
    },
    defaults: { ...defaults, ...about.defaults },
    keys: Object.fromEntries(Object.entries(keys).filter(([name]) => about.keys.includes(name))),
  })
}

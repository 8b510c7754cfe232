import { onOperation, onPath, type SeenRequest } from '../../network/fault-proxy.ts'
import type { StoreName } from './servers.ts'

type Match = (request: SeenRequest) => boolean

/** The request by which each store puts a new value in place, or makes it visible. */
export const isWrite: Readonly<Record<StoreName, Match>> = {
  aws: onOperation('PutSecretValue'),
  gcp: onPath('POST', /:addVersion/),
  azure: onPath('PUT', /^\/secrets\//),
  vault: onPath('POST', /^\/v1\/secret\/data\//),
  kubernetes: ({ method, path }) => method === 'PATCH' && !path.includes('dryRun'),
}

/** The request that asks each store for its current version. */
export const isCurrentRead: Readonly<Record<StoreName, Match>> = {
  aws: onOperation('GetSecretValue'),
  gcp: onPath('GET', /\/versions(\?|$)/),
  azure: onPath('GET', /^\/secrets\/[^/]+\/?(\?|$)/),
  vault: ({ method, path }) => method === 'GET' && /\/data\//.test(path) && !path.includes('version='),
  kubernetes: onPath('GET', /\/secrets\//),
}

/**
 * Requests that one verb of each adapter costs, as its README and the law say; a write with the read-back that Key
 * Vault and the fields of a Google secret need, and a check by a token of Vault that may read how many versions are kept
 * and whether the secret is synced to another place.
 */
export const published = {
  aws: { check: 2, read: 1, readVersion: 1, write: 3, retire: 2 },
  gcp: { check: 4, read: 2, readVersion: 1, write: 3, retire: 2 },
  azure: { check: 2, read: 1, readVersion: 1, write: 3, retire: 2 },
  vault: { check: 5, read: 1, readVersion: 1, write: 2, retire: 2 },
  kubernetes: { check: 2, read: 1, readVersion: 1, write: 2, retire: 2 },
} as const satisfies Record<StoreName, Record<string, number>>

/**
 * Requests for a secret: the client of Key Vault asks once without credentials, for the challenge, and a token of Vault
 * is looked up once.
 */
export function countRequests(requests: readonly SeenRequest[]): number {
  return requests.filter(({ status, path }) => status !== 401 && !path.startsWith('/v1/auth/')).length
}

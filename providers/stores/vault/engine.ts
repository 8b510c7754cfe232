import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { Session } from './auth.ts'
import { type KvVersion, readVersion, takeParts } from './kv.ts'
import type { Namespaces } from './namespaces.ts'
import type { SentMarks } from './sent-marks.ts'

/** One mount, as the verbs of the store use it. */
export interface Engine {
  provider: string
  mount: string
  /** See {@link Namespaces}. */
  policyPrefix: string | undefined
  session: Session
  sentMarks: SentMarks
}

/** A version that is there, with our parts of it. */
export interface OpenVersion {
  found: KvVersion
  data: Record<string, unknown>
  parts: Record<string, SecretValue>
  /** Our fields that it does not have. */
  absent: string[]
}

export function fail(
  engine: Engine,
  details: Omit<ProviderErrorDetails, 'provider' | 'effect'>,
): ProviderError {
  return new ProviderError({ provider: engine.provider, effect: 'none', ...details })
}

/** The path of a request, without `/v1/`. */
export function pathOf(engine: Engine, area: 'data' | 'destroy' | 'metadata', secret: string): string {
  return `${engine.mount}/${area}/${secret}`
}

/** The same path as the policy of the token names it. */
export function policyPathOf(engine: Engine, path: string): string {
  return `${engine.policyPrefix ?? ''}${path}`
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** @throws ProviderError `not_found` when there is no such secret or version; a deleted one is an answer. */
export async function fetchVersion(
  engine: Engine,
  secret: string,
  version: string | 'current',
  call: Call,
): Promise<KvVersion> {
  const path = pathOf(engine, 'data', secret)
  const query = version === 'current' ? '' : `?version=${version}`
  const grant = { capability: 'read' as const, path: policyPathOf(engine, path) }
  const request = { path: encodePath(path) + query, grant }
  try {
    return readVersion(await engine.session.send(request, call), engine.provider)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'not_found') throw error
    const isCurrent = version === 'current'
    throw fail(engine, {
      code: 'not_found',
      missing: isCurrent ? 'secret' : 'version',
      message: isCurrent ? `there is no secret ${path}` : `${path} has no version ${version}`,
      nextStep: 'Make the secret first, or correct the target; `mount` must be a KV engine of version 2.',
    })
  }
}

/** @throws ProviderError `not_found` also when the version was deleted or destroyed. */
export async function openParts(
  engine: Engine,
  address: SecretAddress,
  version: string | 'current',
  call: Call,
): Promise<OpenVersion> {
  const found = await fetchVersion(engine, address.secret, version, call)
  const { data } = found
  if (data !== null) return { found, data, ...takeParts(address, data, engine.provider) }
  throw fail(engine, {
    code: 'not_found',
    missing: version === 'current' ? 'secret' : 'version',
    message: `version ${found.version} of ${pathOf(engine, 'data', address.secret)} is ${found.destroyed ? 'destroyed' : 'deleted'}`,
    nextStep: found.destroyed
      ? 'Write the secret again by hand, or correct the target.'
      : 'Undelete that version, or write the secret again by hand.',
  })
}

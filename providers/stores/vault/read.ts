import { ProviderError } from '../../../src/contracts/errors.ts'
import type { WriterRules } from '../../shared/options/writers.ts'
import type { Found } from '../../shared/store/frame.ts'
import type { HeldParts } from '../../shared/store/held-parts.ts'
import { failMissingSecret, failMissingVersion, type Place } from '../../shared/store/place.ts'
import type { SentMarks } from './history.ts'
import { type KvVersion, readVersion, takeParts } from './kv.ts'
import type { Namespaces } from './namespaces.ts'
import type { Session } from './sign-in/session.ts'

/** One mount, as the verbs of the store use it. */
export interface Engine {
  readonly mount: string
  readonly policyPrefix: Namespaces['policyPrefix']
  readonly session: Session
  readonly sentMarks: SentMarks
  readonly writers: WriterRules
}

export type VaultPlace = Place & Engine

/** A version that has data, and our parts of it. */
export interface OpenVersion extends HeldParts {
  version: number
  data: Record<string, unknown>
  customMetadata: KvVersion['customMetadata']
}

export async function readKey(place: VaultPlace, version: string | 'current'): Promise<Found> {
  const { version: found, material, absent, others } = await openParts(place, version)
  return { version: String(found), material, absent, ...(others ? { others } : {}) }
}

/** The path of a request, without `/v1/`. */
export function pathOf({ mount, secret }: VaultPlace, area: 'data' | 'destroy' | 'metadata'): string {
  return `${mount}/${area}/${secret}`
}

/** The same path as the policy of the token names it. */
export function policyPathOf({ policyPrefix }: VaultPlace, path: string): string {
  return `${policyPrefix ?? ''}${path}`
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** @throws ProviderError `not_found` if the secret or version does not exist; one that was deleted is returned. */
export async function fetchVersion(place: VaultPlace, version: string | 'current'): Promise<KvVersion> {
  const path = pathOf(place, 'data')
  const query = version === 'current' ? '' : `?version=${version}`
  const grant = { capability: 'read' as const, path: policyPathOf(place, path) }
  const request = { path: encodePath(path) + query, grant }
  try {
    return readVersion(await place.session.send(request, place.call), place.provider)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'not_found') throw error
    if (version !== 'current') throw failMissingVersion(place, version)
    throw failMissingSecret(
      place,
      'Create the secret first, or correct the target; `mount` must be a KV engine of version 2.',
    )
  }
}

/** @throws ProviderError `not_found` also when the version was deleted or destroyed. */
export async function openParts(place: VaultPlace, version: string | 'current'): Promise<OpenVersion> {
  const { version: number, data, destroyed, customMetadata } = await fetchVersion(place, version)
  if (data !== null) return { version: number, data, customMetadata, ...takeParts(place, data) }
  const end = destroyed ? 'destroyed' : 'deleted'
  if (version !== 'current') throw failMissingVersion(place, version, `has ${end} its version ${number}`)
  throw place.fail({
    code: 'not_found',
    missing: 'secret',
    says: `has ${end} its current version, ${number}`,
    nextStep: destroyed
      ? 'Write the secret again by hand, or correct the target.'
      : 'Undelete that version, or write the secret again by hand.',
  })
}

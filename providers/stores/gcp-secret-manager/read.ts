import type { Call } from '../../../src/contracts/call.ts'
import { type Effect, ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, StoredKey } from '../../../src/contracts/secret-store.ts'
import { readParts, refuseText, type TextSubject } from '../../shared/secret-text.ts'
import type { GcpClient, Version } from './client.ts'

/** What one verb works on. */
export interface Place extends TextSubject {
  client: GcpClient
  address: SecretAddress
  /** The secret's whole resource name. */
  resource: string
  call: Call
}

/** The newest versions of a secret. */
export interface Page {
  versions: readonly Version[]
  /** The most recently created version that is enabled; undefined: the secret has no version at all. */
  current: Version | undefined
  /** Of any state; 0 without a version. */
  highest: number
}

/** So many pages of disabled and destroyed versions are looked through for an enabled one. */
const maxPages = 20

/**
 * One request, unless the newest hundred versions are all disabled or destroyed.
 * @throws ProviderError `invalid` when there are versions but none is enabled.
 */
export async function readPage(place: Place): Promise<Page> {
  const versions: Version[] = []
  let pageToken: string | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await listPage(place, pageToken)
    versions.push(...answer.versions)
    versions.sort((one, other) => other.number - one.number)
    const current = versions.find(({ state }) => state === 'ENABLED')
    pageToken = answer.nextPageToken
    if (current !== undefined || (pageToken === undefined && versions.length === 0)) {
      return { versions, current, highest: versions[0]?.number ?? 0 }
    }
    if (pageToken === undefined) break
  }
  throw refuseText(
    place,
    'every version of it is disabled or destroyed',
    'Enable the version that is in use, or add one.',
  )
}

export async function readKey(place: Place, version: string | 'current'): Promise<StoredKey> {
  const number =
    version === 'current' ? (await readPage(place)).current?.number : parseVersion(place, version)
  if (number === undefined) throw missingError(place, 'field', 'it has no version yet')
  const { material, absent } = readParts(await readText(place, number), place.address, place)
  if (absent.length > 0) throw missingError(place, 'field', `it has no field ${absent.join(', ')}`)
  return { version: String(number), material }
}

/** The text of one version, always asked for by its number: only that is strongly consistent. */
export async function readText(place: Place, number: number): Promise<string> {
  const { client, resource, call } = place
  const data = await client
    .access(resource, number, call)
    .catch((thrown: unknown) => explain(place, number, thrown))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    throw refuseText(place, `version ${number} holds binary data`, 'Keep the key in a secret with text.')
  }
}

/** One refusal stands for several states of a version, and for two things that may be absent; the list tells. */
async function explain(place: Place, number: number, thrown: unknown): Promise<never> {
  const isState = thrown instanceof ProviderError && thrown.code === 'conflict'
  if (!isState && !isNotFound(thrown)) throw thrown
  const state = (await findListed(place, number))?.state
  if (isNotFound(thrown)) throw missingError(place, 'version', `it has no version ${number}`)
  if (state === 'DESTROYED') throw missingError(place, 'version', `version ${number} is destroyed`)
  if (state === 'DISABLED') {
    throw refuseText(place, `version ${number} is disabled`, 'Enable it, or look who disabled it.')
  }
  throw new ProviderError({
    code: 'unavailable',
    provider: place.provider,
    message: `secret ${place.secret}: version ${number} is refused, and the list does not say why yet`,
    effect: 'none',
    nextStep: 'Wait until the list shows the state of the version, then try again.',
  })
}

/**
 * The version as the newest hundred show it; undefined when it is older or was never made.
 * @throws ProviderError `not_found` when the secret itself is absent.
 */
export async function findListed(place: Place, number: number): Promise<Version | undefined> {
  const { versions } = await listPage(place, undefined)
  return versions.find((version) => version.number === number)
}

async function listPage(place: Place, pageToken: string | undefined) {
  return place.client.listVersions(place.resource, pageToken, place.call).catch((thrown: unknown) => {
    throw isNotFound(thrown) ? missingError(place, 'secret', 'it does not exist') : thrown
  })
}

function parseVersion(place: Place, version: string): number {
  if (/^[1-9]\d{0,14}$/.test(version)) return Number(version)
  throw missingError(place, 'version', 'versions of it are whole numbers')
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ProviderError && thrown.code === 'not_found'
}

export function missingError(
  place: TextSubject,
  missing: 'secret' | 'field' | 'version',
  why: string,
): ProviderError {
  return new ProviderError({
    code: 'not_found',
    provider: place.provider,
    message: `secret ${place.secret}: ${why}`,
    effect: 'none',
    missing,
    nextStep:
      missing === 'secret'
        ? 'Check the name, the project and the location; Keyrota makes no secrets.'
        : 'Look at the secret: it does not hold what the journal or the config names.',
  })
}

export function conflictError(place: TextSubject, why: string, effect: Effect = 'none'): ProviderError {
  return new ProviderError({
    code: 'conflict',
    provider: place.provider,
    message: `secret ${place.secret}: ${why}`,
    effect,
    nextStep: 'Read the secret again and see who changed it.',
  })
}

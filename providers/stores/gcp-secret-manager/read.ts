import type { Call } from '../../../src/contracts/call.ts'
import { type Effect, ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, StoredKey } from '../../../src/contracts/secret-store.ts'
import { readParts, refuseText, type TextSubject } from '../../shared/store/secret-text.ts'
import type { GcpClient, Version } from './client.ts'
import type { NewestMemory } from './history.ts'

/** What one verb works on. */
export interface Place extends TextSubject {
  client: GcpClient
  address: SecretAddress
  /** The secret's whole resource name. */
  resource: string
  call: Call
  newest: NewestMemory
}

/** The newest versions of a secret. */
export interface Page {
  versions: readonly Version[]
  /** The most recently created version, which is enabled; undefined: the secret has no version at all. */
  current: Version | undefined
  /** Of any state; 0 without a version. */
  highest: number
  /** The current version's text where it had to be read already. */
  text?: string
}

/**
 * One request as long as the list is not behind what this process added itself; then the version is read by its number.
 * @throws ProviderError `invalid` when the newest version is disabled or destroyed: who reads `latest` gets an error then.
 */
export async function readPage(place: Place): Promise<Page> {
  const versions = await listNewest(place)
  const listed = versions[0]
  const known = place.newest.get(place.resource) ?? 0
  if (known > (listed?.number ?? 0)) {
    const text = await readKnown(place, known)
    if (text !== undefined) {
      const current: Version = { number: known, state: 'ENABLED', isScheduled: false, etag: undefined }
      return { versions: [current, ...versions], current, highest: known, text }
    }
  }
  if (listed !== undefined && listed.state !== 'ENABLED') throw unreadableError(place, listed)
  return { versions, current: listed, highest: listed?.number ?? 0 }
}

/** A version that this process added, but that is absent now, was of a secret which somebody made anew since. */
async function readKnown(place: Place, known: number): Promise<string | undefined> {
  try {
    return await readText(place, known)
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
    place.newest.delete(place.resource)
    return undefined
  }
}

/** There is no falling back to an older version: what Keyrota takes for current is what readers of `latest` get. */
function unreadableError(place: Place, { number, state }: Version): ProviderError {
  const nextStep =
    state === 'DISABLED'
      ? `Enable version ${number}, or add a version with the key that is in use by hand.`
      : 'Add a version with the key that is in use by hand.'
  return refuseText(
    place,
    `its newest version, ${number}, is ${state.toLowerCase()}, so readers of \`latest\` get an error`,
    nextStep,
  )
}

export async function readKey(place: Place, version: string | 'current'): Promise<StoredKey> {
  const page = version === 'current' ? await readPage(place) : undefined
  const number = page === undefined ? parseVersion(place, version) : page.current?.number
  if (number === undefined) throw missingError(place, 'field', 'it has no version yet')
  const text = page?.text ?? (await readText(place, number))
  const { material, absent } = readParts(text, place.address, place)
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
  const versions = await listNewest(place)
  return versions.find((version) => version.number === number)
}

/** The newest hundred, as the list shows them, which may be behind. */
export async function listNewest(place: Place): Promise<readonly Version[]> {
  const versions = await place.client.listVersions(place.resource, place.call).catch((thrown: unknown) => {
    throw isNotFound(thrown) ? missingError(place, 'secret', 'it does not exist') : thrown
  })
  return versions.toSorted((one, other) => other.number - one.number)
}

export function parseVersion(place: Place, version: string): number {
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

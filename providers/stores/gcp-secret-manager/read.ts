import { ProviderError } from '../../../src/contracts/errors.ts'
import type { WriterRules } from '../../shared/options/writers.ts'
import type { Found } from '../../shared/store/frame.ts'
import { failMissingSecret, failMissingVersion, type Place } from '../../shared/store/place.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import type { GcpClient, Version } from './client.ts'
import type { History } from './history.ts'

export interface GcpPlace extends Place {
  readonly client: GcpClient
  /** The secret's whole resource name. */
  readonly resource: string
  readonly history: History
  readonly writers: WriterRules
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
 * @throws ProviderError `invalid` when the newest version is disabled or destroyed: readers of `latest` get an error then.
 */
export async function readPage(place: GcpPlace): Promise<Page> {
  const versions = await listNewest(place)
  const listed = versions[0]
  const known = place.history.newestOf(place.resource)
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

/** A version that this process added and that is absent now belonged to a secret that somebody created again since. */
async function readKnown(place: GcpPlace, known: number): Promise<string | undefined> {
  try {
    return await readText(place, known)
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
    place.history.forgetNewest(place.resource)
    return undefined
  }
}

/** There is no fallback to an older version: for Keyrota the current one is what readers of `latest` get. */
function unreadableError(place: GcpPlace, { number, state }: Version): ProviderError {
  const nextStep =
    state === 'DISABLED'
      ? `Enable version ${number}, or add a version with the key that is in use by hand.`
      : 'Add a version with the key that is in use by hand.'
  const says = `has a ${state.toLowerCase()} newest version, ${number}, so readers of \`latest\` get an error`
  return place.fail({ code: 'invalid', says, nextStep })
}

export async function readKey(place: GcpPlace, version: string | 'current'): Promise<Found> {
  const page = version === 'current' ? await readPage(place) : undefined
  const number = page === undefined ? Number(version) : page.current?.number
  if (number === undefined) return { version: undefined, ...readParts(place, undefined) }
  const text = page?.text ?? (await readText(place, number))
  return { version: String(number), ...readParts(place, text) }
}

/** The text of one version, always asked for by its number: only that is strongly consistent. */
export async function readText(place: GcpPlace, number: number): Promise<string> {
  const { client, resource, call } = place
  const data = await client
    .access(resource, number, call)
    .catch((thrown: unknown) => explain(place, number, thrown))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    const nextStep = 'Keep the key in a secret with text.'
    throw place.fail({ code: 'invalid', says: `holds binary data in version ${number}`, nextStep })
  }
}

/** The service returns one error for several states of a version, and one for two things that may be absent; the list shows which. */
async function explain(place: GcpPlace, number: number, thrown: unknown): Promise<never> {
  const isState = thrown instanceof ProviderError && thrown.code === 'conflict'
  if (!isState && !isNotFound(thrown)) throw thrown
  const state = (await findListed(place, number))?.state
  const version = String(number)
  if (isNotFound(thrown)) throw failMissingVersion(place, version)
  if (state === 'DESTROYED') throw failMissingVersion(place, version, `has destroyed its version ${number}`)
  if (state === 'DISABLED') {
    const nextStep = 'Enable it, or find out who disabled it.'
    throw place.fail({ code: 'invalid', says: `has disabled its version ${number}`, nextStep })
  }
  throw place.fail({
    code: 'unavailable',
    says: `refuses version ${number}, and the list does not show why yet`,
    nextStep: 'Wait until the list shows the state of the version, then try again.',
  })
}

/**
 * The version as the newest hundred show it; undefined when it is older or was never made.
 * @throws ProviderError `not_found` when the secret itself is absent.
 */
export async function findListed(place: GcpPlace, number: number): Promise<Version | undefined> {
  const versions = await listNewest(place)
  return versions.find((version) => version.number === number)
}

/** The newest hundred, as the list shows them, which may be behind. */
export async function listNewest(place: GcpPlace): Promise<readonly Version[]> {
  const versions = await place.client.listVersions(place.resource, place.call).catch((thrown: unknown) => {
    throw toMissingSecret(place, thrown)
  })
  return versions.toSorted((one, other) => other.number - one.number)
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ProviderError && thrown.code === 'not_found'
}

/** What a request about the secret itself threw: not_found means that the secret does not exist. */
export function toMissingSecret(place: GcpPlace, thrown: unknown): unknown {
  const nextStep = 'Check the name, the project and the location; Keyrota creates no secrets.'
  return isNotFound(thrown) ? failMissingSecret(place, nextStep) : thrown
}

import type { SecretProperties } from '@azure/keyvault-secrets'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { compareFields, requireFresh } from '../../shared/store/judge-write.ts'
import { failChanged } from '../../shared/store/place.ts'
import { readParts, replaceParts } from '../../shared/store/secret-text.ts'
import type { VersionProperties } from './client.ts'
import { findRace, MARK_TAG, REPLACES_TAG } from './history.ts'
import type { AzurePlace } from './read.ts'

/** Limits of the service (https://learn.microsoft.com/azure/key-vault/secrets/about-secrets); the value's in bytes. */
export const MAX_VALUE_BYTES = 25_600
const maxTags = 15
/** The client puts dates through a 32-bit number of seconds, so later ones would come out in the past. */
const lastDateMs = (2 ** 31 - 1) * 1000

/**
 * Looks, sets, and looks again, since the service has no compare-and-set: a version that somebody else set in between
 * can only be reported, as a conflict whose effect is unknown.
 */
export async function writeVersion(place: AzurePlace, request: WriteRequest): Promise<string> {
  const { vault, secret, call } = place
  const { material, mark } = request
  const before = await vault.get(secret, undefined, call)
  const { version, tags } = before.properties
  const fields = compareFields(readParts(place, before.value ?? ''), material)
  const madeBy = tags?.[MARK_TAG] === mark ? 'this' : 'other'
  const decision = requireFresh(place, { version, fields, madeBy }, request)
  if (decision === 'repeat' && version !== undefined) return version
  const value = replaceParts(place, before.value, material, MAX_VALUE_BYTES)
  const properties = keepProperties(place, before.properties, mark)
  const made = (await vault.set(secret, value, properties, call)).version
  if (made === undefined) {
    const nextStep = 'Read the secret again and check its latest version.'
    const says = 'was set, but the vault did not return the new version'
    throw place.fail({ code: 'unavailable', effect: 'unknown', says, nextStep })
  }
  const rival = findRace(await listAfter(place), before.properties, made)
  if (rival === undefined) return made
  throw failChanged(
    place,
    `was changed: version ${rival} was set by another writer at the same time as our ${made}`,
    'unknown',
  )
}

/** Whatever goes wrong with the second look, the value was sent by then. */
async function listAfter(place: AzurePlace): Promise<SecretProperties[]> {
  const { provider, vault, secret, call } = place
  try {
    return await vault.list(secret, call)
  } catch (error) {
    const says = 'was set, but the look after it failed'
    if (!(error instanceof ProviderError)) {
      const nextStep = 'Read the secret again and check its latest version.'
      throw place.fail({ code: 'unavailable', effect: 'unknown', says, nextStep })
    }
    const { code, nextStep, retryAfterMs } = error
    const message = `${place.name} ${says}: ${error.message.slice(provider.length + 2)}`
    throw new ProviderError({ code, provider, message, effect: 'unknown', nextStep, retryAfterMs })
  }
}

/** What the new version takes over from the one it replaces: everything except an expiry date that has passed. */
function keepProperties(place: AzurePlace, before: SecretProperties, mark: string): VersionProperties {
  const refuse = (says: string, nextStep: string) => place.fail({ code: 'invalid', says, nextStep })
  for (const date of [before.expiresOn, before.notBefore]) {
    if (date !== undefined && date.getTime() > lastDateMs)
      throw refuse('has a date after 2038-01-19, which cannot be kept', 'Set an earlier date.')
  }
  const tags = { ...before.tags, [MARK_TAG]: mark, [REPLACES_TAG]: before.version ?? '' }
  if (Object.keys(tags).length > maxTags)
    throw refuse('has too many tags for Keyrota to add two', 'Remove a tag from the latest version.')
  const isPast = before.expiresOn !== undefined && before.expiresOn.getTime() <= Date.now()
  return {
    contentType: before.contentType,
    tags,
    expiresOn: isPast ? undefined : before.expiresOn,
    notBefore: before.notBefore,
  }
}

import type { KeyVaultSecret, SecretProperties } from '@azure/keyvault-secrets'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import {
  checkSize,
  isSameMaterial,
  readParts,
  refuseText,
  replaceParts,
} from '../../shared/store/secret-text.ts'
import type { Vault, VersionProperties } from './client.ts'
import { findRace, MARK_TAG, REPLACES_TAG } from './history.ts'

/** Limits of the service (https://learn.microsoft.com/azure/key-vault/secrets/about-secrets); the value's in bytes. */
export const MAX_VALUE_BYTES = 25_600
const maxTags = 15
/** The client puts dates through a 32-bit number of seconds, so later ones would come out in the past. */
const lastDateMs = (2 ** 31 - 1) * 1000

export interface WriteRequest {
  provider: string
  vault: Vault
  address: SecretAddress
  material: Material
  mark: string
  replaces: string | 'absent'
}

/**
 * Looks, sets, and looks again, since the service has no compare-and-set: a version that somebody else set meanwhile
 * can only be reported, as a conflict whose effect is unknown.
 */
export async function writeVersion(request: WriteRequest, call: Call): Promise<{ version: string }> {
  const { vault, address, mark } = request
  const before = await vault.get(address.secret, undefined, call)
  const done = judge(request, before)
  if (done !== undefined) return { version: done }
  const subject = { provider: request.provider, secret: address.secret }
  const value = replaceParts(before.value, address, request.material, subject)
  checkSize(value, MAX_VALUE_BYTES, subject)
  const properties = keepProperties(request, before.properties, mark)
  const made = (await vault.set(address.secret, value, properties, call)).version
  if (made === undefined)
    throw fail(request, 'unavailable', 'unknown', 'the vault did not tell the new version')
  const rival = findRace(await listAfter(request, call), before.properties, made)
  if (rival === undefined) return { version: made }
  throw fail(
    request,
    'conflict',
    'unknown',
    `version ${rival} of the secret ${address.secret} was set by somebody else while version ${made} was`,
  )
}

/** Whatever goes wrong with the second look, the value was sent by then. */
async function listAfter(request: WriteRequest, call: Call): Promise<SecretProperties[]> {
  const { provider, vault, address } = request
  try {
    return await vault.list(address.secret, call)
  } catch (error) {
    const said = 'the value was set, but the look after it failed'
    if (!(error instanceof ProviderError)) throw fail(request, 'unavailable', 'unknown', said)
    const { code, nextStep, retryAfterMs } = error
    const message = `${said}: ${error.message.slice(provider.length + 2)}`
    throw new ProviderError({ code, provider, message, effect: 'unknown', nextStep, retryAfterMs })
  }
}

/** The version that is this write already, undefined when it is to be sent. @throws ProviderError `conflict`. */
function judge(request: WriteRequest, { value, properties }: KeyVaultSecret): string | undefined {
  const { provider, address, material, mark, replaces } = request
  const held = readParts(value ?? '', address, { provider, secret: address.secret })
  const isWhole = held.absent.length === 0
  const version = properties.version ?? ''
  if (properties.tags?.[MARK_TAG] === mark) {
    if (isWhole && isSameMaterial(held.material, material)) return version
    throw fail(request, 'conflict', 'none', `the mark ${mark} was used for another value`)
  }
  const isFree = held.absent.length === Object.keys(address.fields).length
  if (replaces === 'absent' ? isFree : isWhole && version === replaces) return undefined
  throw fail(
    request,
    'conflict',
    'none',
    `the secret ${address.secret} is at version ${version}, which is not what this write replaces (${replaces})`,
  )
}

/** What the new version takes over from the one it replaces: all but an end that is past already. */
function keepProperties(request: WriteRequest, before: SecretProperties, mark: string): VersionProperties {
  const { provider, address } = request
  const subject = { provider, secret: address.secret }
  for (const date of [before.expiresOn, before.notBefore]) {
    if (date !== undefined && date.getTime() > lastDateMs) {
      throw refuseText(
        subject,
        'it has a date after 2038-01-19, which cannot be kept',
        'Set an earlier date.',
      )
    }
  }
  const tags = { ...before.tags, [MARK_TAG]: mark, [REPLACES_TAG]: before.version ?? '' }
  if (Object.keys(tags).length > maxTags)
    throw refuseText(
      subject,
      `it has too many tags to add two of ours`,
      'Remove a tag from the latest version.',
    )
  const isPast = before.expiresOn !== undefined && before.expiresOn.getTime() <= Date.now()
  return {
    contentType: before.contentType,
    tags,
    expiresOn: isPast ? undefined : before.expiresOn,
    notBefore: before.notBefore,
  }
}

function fail(
  request: WriteRequest,
  code: 'conflict' | 'unavailable',
  effect: 'none' | 'unknown',
  message: string,
): ProviderError {
  const nextStep = 'Read the secret again and look at what changed.'
  return new ProviderError({ provider: request.provider, code, effect, message, nextStep })
}

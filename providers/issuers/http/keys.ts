/* Lists the keys of the account. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import {
  idOfSecret,
  refuseSecretInRef,
  secretAsRef,
  secretParts,
} from '../../../src/contracts/secret-in-ref.ts'
import type { Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { passesTest, pick, pickText, pickTime } from '../../shared/http/extract.ts'
import { readCredentials } from './auth.ts'
import type { Api } from './operations.ts'
import { type Item, readPages } from './paginate.ts'
import { partNames, pickParts } from './parts.ts'
import type { ListOptions } from './schema-list.ts'
import { notDescribed } from './undescribed.ts'

const dayMs = 86_400_000

/** A listed key and its last use, if the list reports it. */
export interface ListedKey {
  ref: KeyRef
  lastUsed: number | 'never' | 'not-reported'
  /** Its parts, where the list shows them. They go nowhere but into the request that revokes this key. */
  material: Material | undefined
}

/**
 * Returns every live key of the account once, in the issuer's order.
 * @throws ProviderError `invalid` if an item has no id, or one that is a secret: such a key cannot be named.
 */
export async function listKeys(api: Api, call: Call): Promise<ListedKey[]> {
  const { list } = api.options
  if (list === undefined) throw notDescribed(api, 'list')
  const found = new Map<string, ListedKey>()
  const seen = new Set<string>()
  const credentials = await readCredentials(api.options.auth.management, api.settings.provider)
  await readPages(api, call, (items) => {
    const before = seen.size
    const onPage = new Set<string>()
    for (const item of items) {
      const key = readItem(api, list, item, credentials)
      const { id } = key.ref
      if (onPage.has(id)) throw sameIdTwice(api)
      onPage.add(id)
      seen.add(id)
      const isLive = list.skip === undefined || !passesTest(item.body, list.skip)
      if (isLive) found.set(id, key)
    }
    return seen.size > before
  })
  return [...found.values()]
}

function readItem(api: Api, list: ListOptions, item: Item, credentials: readonly SecretValue[]): ListedKey {
  const { body } = item
  const { publicParts } = api.options
  const material = list.parts === undefined ? undefined : pickParts(body, list.parts)
  if (typeof material === 'string') throw itemWithout(api, `list.parts.${material}`)
  const id = list.id === undefined ? item.key : pickText(body, list.id)
  if (id === undefined && material === undefined) throw itemWithout(api, 'list.id')
  const ref: KeyRef = { id: id ?? idOfSecret(material ?? {}, publicParts) }
  const name = list.name === undefined ? undefined : pickText(body, list.name)
  if (name !== undefined) ref.name = name
  const createdAt = list.createdAt === undefined ? undefined : pickTime(body, list.createdAt)
  if (createdAt !== undefined) ref.createdAt = createdAt
  const expiresAt = list.expiresAt === undefined ? undefined : pickTime(body, list.expiresAt)
  if (expiresAt !== undefined) ref.expiresAt = expiresAt
  if (list.disabled !== undefined && passesTest(body, list.disabled)) ref.disabled = true
  const isWhole = material !== undefined && partNames(api.options).every((part) => part in material)
  if (material !== undefined && isWhole) ref.fingerprint = fingerprintOf(material)
  const secrets = secretParts(material ?? {}, publicParts)
  const about = { provider: api.settings.provider, made: false }
  refuseSecretInRef(ref, secrets, about)
  // Only the whole credential: what is shorter, such as an account in a header, may well be in an id.
  const field = (['id', 'name'] as const).find((one) => credentials.some((own) => own.expose() === ref[one]))
  if (field !== undefined) throw secretAsRef(field, about)
  return { ref, lastUsed: readLastUsed(list, body), material }
}

/**
 * Services that report the last use return null for a key that was never used. A date without a time counts as the end of
 * that day: the key may have been used until then.
 */
function readLastUsed(list: ListOptions, item: unknown): ListedKey['lastUsed'] {
  if (list.lastUsed === undefined) return 'not-reported'
  const value = pick(item, list.lastUsed)
  if (value === null) return 'never'
  const atMs = pickTime(item, list.lastUsed)
  if (atMs === undefined) return 'not-reported'
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? atMs + dayMs - 1 : atMs
}

function itemWithout(api: Api, field: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `an item of the list has nothing at ${field}`,
    effect: 'none',
    nextStep: `Compare list.items and ${field} in the config with the response of the service.`,
  })
}

/** The path selects what the keys have in common, or the service masks the values. */
function sameIdTwice(api: Api): ProviderError {
  const field = api.options.list?.id === undefined ? 'list.parts' : 'list.id'
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `two items of the list have the same ${field === 'list.id' ? 'id' : 'value'}`,
    effect: 'none',
    nextStep: `Compare ${field} in the config with the response of the service: it has to tell keys apart.`,
  })
}

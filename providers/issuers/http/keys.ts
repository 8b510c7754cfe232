/* Lists the keys of the account. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import { passesTest, pick, pickText, pickTime } from './extract.ts'
import type { Api } from './operations.ts'
import { readPages } from './paginate.ts'
import type { ListOptions } from './schema.ts'

const dayMs = 86_400_000

/** A listed key and its last use, if the list reports it. */
export interface ListedKey {
  ref: KeyRef
  lastUsed: number | 'never' | 'not-reported'
}

/**
 * Returns every live key of the account once, in the issuer's order.
 * @throws ProviderError `invalid` if an item has no id: a key that cannot be identified cannot be revoked.
 */
export async function listKeys(api: Api, call: Call): Promise<ListedKey[]> {
  const { list } = api.options
  const found = new Map<string, ListedKey>()
  const seen = new Set<string>()
  await readPages(api, call, (items) => {
    const before = seen.size
    for (const item of items) {
      const id = pickText(item, list.id)
      if (id === undefined) throw itemWithoutId(api)
      seen.add(id)
      const isLive = list.skip === undefined || !passesTest(item, list.skip)
      if (isLive) found.set(id, readItem(list, item, id))
    }
    return seen.size > before
  })
  return [...found.values()]
}

function readItem(list: ListOptions, item: unknown, id: string): ListedKey {
  const ref: KeyRef = { id }
  const name = pickText(item, list.name)
  if (name !== undefined) ref.name = name
  const createdAt = list.createdAt === undefined ? undefined : pickTime(item, list.createdAt)
  if (createdAt !== undefined) ref.createdAt = createdAt
  const expiresAt = list.expiresAt === undefined ? undefined : pickTime(item, list.expiresAt)
  if (expiresAt !== undefined) ref.expiresAt = expiresAt
  if (list.disabled !== undefined && passesTest(item, list.disabled)) ref.disabled = true
  return { ref, lastUsed: readLastUsed(list, item) }
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

function itemWithoutId(api: Api): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `an item of the list has nothing at ${api.options.list.id}`,
    effect: 'none',
    nextStep: 'Compare list.items and list.id in the config with the response of the service.',
  })
}

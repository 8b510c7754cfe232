/** Lists of records: from the server in pages, or from memory while a watch keeps that up to date. */
import type { Clock } from '../../../src/contracts/clock.ts'
import { fingerprintsIn, type ListPage } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import type { ManagedKeyApi, ObjectPage } from './api.ts'
import { fingerprintLabel, MANY_LABEL } from './labels.ts'
import { readState } from './move.ts'
import { keyOf, type ManagedKeyObject } from './objects.ts'
import { readRecord, readSound } from './record.ts'
import type { KeptState } from './status-schema.ts'

/** What a list is read from goes on being used by the pages after the first one for so long. */
const PAGES_MS = 60_000

/** A record as text: thousands of them are kept in memory. */
export type Kept = Pick<KeptState, 'record' | 'wakeAt' | 'lookedAt' | 'revision' | 'claimId' | 'arrival'> & {
  readonly version: string
}

export interface Listing {
  readonly api: ManagedKeyApi
  readonly clock: Clock
  readonly own: string
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined
  /** By key. */
  readonly cache: Map<string, Kept>
  /**
   * Who keeps the cache as it is on the server. `pages`: it was read for a list whose last page ended with this key;
   * undefined: its first page is still to come.
   */
  source: { is: 'watch' } | { is: 'pages'; after: string | undefined; readAt: number } | { is: 'nothing' }
}

/** Every page of the server's list, one after the other. */
export async function* readPages(
  { api, namespace }: Pick<Listing, 'api' | 'namespace'>,
  selector?: string,
): AsyncGenerator<ObjectPage> {
  let next: string | undefined
  do {
    const page = await api.page({
      ...(namespace === undefined ? {} : { namespace }),
      ...(selector === undefined ? {} : { selector }),
      ...(next === undefined ? {} : { next }),
    })
    yield page
    next = page.next
  } while (next !== undefined)
}

/** Key and state of an object; null when it is not one of ours: never claimed, or another installation's. */
function readKept(object: ManagedKeyObject, own: string): { key: string; kept: Kept } | null {
  const state = object.status?.journal
  const key = keyOf(object, own)
  if (!state || state.key !== key) return null
  const { record, wakeAt, lookedAt, revision, claimId, arrival } = state
  const fields = { record, wakeAt, lookedAt, arrival } as Pick<
    Kept,
    'record' | 'wakeAt' | 'lookedAt' | 'arrival'
  >
  return { key, kept: { ...fields, revision, claimId, version: object.metadata.resourceVersion } }
}

/** Takes an object that came from the server into the cache, unless what is there is newer. */
export function take(listing: Pick<Listing, 'cache' | 'own'>, object: ManagedKeyObject): string | null {
  const read = readKept(object, listing.own)
  if (read === null) return null
  const known = listing.cache.get(read.key)
  if (known === undefined || !isNewer(known.version, read.kept.version))
    listing.cache.set(read.key, read.kept)
  return read.key
}

/** Versions of one server grow; where they are no numbers, what came later is the newer one. */
function isNewer(one: string, other: string): boolean {
  if (!/^\d+$/.test(one) || !/^\d+$/.test(other)) return false
  return one.length === other.length ? one > other : one.length > other.length
}

/** Reads everything into the cache; returns the version of the list. */
export async function readAll(listing: Listing): Promise<string> {
  const keys = new Set<string>()
  let version = ''
  for await (const page of readPages(listing)) {
    for (const object of page.items) {
      const key = take(listing, object)
      if (key !== null) keys.add(key)
    }
    version = page.resourceVersion
  }
  for (const key of listing.cache.keys()) if (!keys.has(key)) listing.cache.delete(key)
  return version
}

export async function listRecords(
  listing: Listing,
  { wakeBefore, after, limit, damaged }: ListPage,
): Promise<KeyRecord[]> {
  const nowMs = listing.clock.monotonicMs()
  const { source } = listing
  const isGoingOn = source.is === 'pages' && source.after === after && nowMs - source.readAt < PAGES_MS
  if (source.is !== 'watch' && !isGoingOn) await readAll(listing)
  // Another list of this process may empty the cache while this one waits for a record.
  const listed = [...listing.cache].filter(([key]) => after === undefined || key > after)
  listed.sort(([one], [other]) => (one < other ? -1 : 1))
  const records: KeyRecord[] = []
  let last: string | undefined
  for (const [key, kept] of listed) {
    if (records.length >= limit) break
    const record = await readListed(listing, { key, kept, damaged })
    const isLate = wakeBefore !== undefined && (record?.wakeAt ?? Number.POSITIVE_INFINITY) > wakeBefore
    if (record === null || isLate) continue
    records.push(record)
    last = key
  }
  if (listing.source.is === 'watch') return records
  const hasMore = last !== undefined && records.length === limit
  listing.source =
    hasMore && last !== undefined ? { is: 'pages', after: last, readAt: nowMs } : { is: 'nothing' }
  if (!hasMore) listing.cache.clear()
  return records
}

async function readListed(
  listing: Listing,
  { key, kept, damaged }: { key: string; kept: Kept; damaged: ListPage['damaged'] },
): Promise<KeyRecord | null> {
  if (!kept.arrival) return readSound(key, kept, damaged)
  const state = { ...kept, key, holder: '', fence: 0, leaseMs: 0, leaseUntil: 0, renewals: 0 }
  return readSound(key, await readState(listing, state), damaged)
}

/** Keys whose record names this fingerprint, by labels; each object that has one is looked into. */
export async function findHolders(listing: Listing, fingerprint: string): Promise<string[]> {
  const found = new Set<string>()
  for (const label of [fingerprintLabel(fingerprint), MANY_LABEL]) {
    for await (const { items } of readPages(listing, label)) {
      for (const object of items) {
        const key = keyOf(object, listing.own)
        if (object.status?.journal?.key !== key) continue
        const record = readRecord(key, await readState(listing, object.status.journal))
        if (record && fingerprintsIn(record).includes(fingerprint)) found.add(key)
      }
    }
  }
  return [...found].sort()
}

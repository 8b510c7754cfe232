/**
 * Finds managed keys by the hash that a sender makes of a value. Records have no such hash, so it is computed from what
 * the targets hold, once for each value, and kept in documents: a later report reads those alone.
 */

import { fingerprintPart } from '../../contracts/fingerprint.ts'
import type { LeakReceiver } from '../../contracts/receiver.ts'
import { newRecord } from '../../contracts/record.ts'
import type { SecretValue } from '../../contracts/secret-value.ts'
import { ask } from '../../engine/ask.ts'
import { takeAtHand } from '../../engine/at-hand.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import { pinKey } from '../../engine/pin.ts'
import { type Context, keyOf } from '../context.ts'
import type { KnownValues } from '../leaks/known-values.ts'

const DIGEST = 'digest'
/** As many documents, by the first digit of the fingerprint: 10,000 keys are more than one document holds. */
const SHARDS = [...'0123456789abcdef']
/** Of the sender's hash; enough not to be met by chance. */
const KEPT_DIGITS = 32
const READ_AT_ONCE = 8

type Index = Record<string, string>

export interface FoundByHash {
  /** Hash as it was reported → fingerprints. */
  found: Map<string, string[]>
  /** Keys whose targets could not be read, so that it is not known whether it is theirs. */
  unread: string[]
}

export async function findByHash(
  context: Context,
  about: { receiver: string; provider: LeakReceiver; known: KnownValues; hashes: readonly string[] },
): Promise<FoundByHash> {
  const { receiver, provider, known, hashes } = about
  const index = await readIndex(context, receiver)
  const first = match(index, hashes)
  if (first.size === new Set(hashes).size || !provider.hashValue) return { found: first, unread: [] }
  const hash = provider.hashValue.bind(provider)
  const unread: string[] = []
  const added: Index = {}
  const left = keysWithout(known, index)
  const worker = async () => {
    for (let key = left.pop(); key !== undefined && !context.stop.aborted; key = left.pop()) {
      const held = await readHeld(context, key)
      if (held === null) unread.push(key)
      for (const [fingerprint, value] of held ?? [])
        added[fingerprint] = (await hash(value)).slice(0, KEPT_DIGITS)
    }
  }
  await Promise.all(Array.from({ length: READ_AT_ONCE }, worker))
  await keep(context, { receiver, added, known })
  return { found: match({ ...index, ...added }, hashes), unread: [...unread, ...left] }
}

function match(index: Index, hashes: readonly string[]): Map<string, string[]> {
  const byHash = new Map<string, string[]>()
  for (const [fingerprint, hash] of Object.entries(index))
    byHash.set(hash, [...(byHash.get(hash) ?? []), fingerprint])
  return new Map(
    hashes.flatMap((hash) => {
      const found = byHash.get(hash.slice(0, KEPT_DIGITS))
      return found ? [[hash, found] as const] : []
    }),
  )
}

/** Keys with a value that lives, is held somewhere and has no hash yet. */
function keysWithout({ byFingerprint }: KnownValues, index: Index): string[] {
  const keys = new Set<string>()
  for (const [fingerprint, values] of byFingerprint) {
    if (Object.hasOwn(index, fingerprint)) continue
    for (const { key, lives, places } of values) if (lives !== 'no' && places.length > 0) keys.add(key)
  }
  return [...keys]
}

/** The values that the targets of this key hold, by their fingerprint; null: one of them could not be read. */
async function readHeld(context: Context, name: string): Promise<Map<string, SecretValue> | null> {
  if (!context.keys.has(name)) return new Map()
  const hand = takeAtHand(context, name)
  try {
    const pin = await pinKey(context.providers, keyOf(context, name))
    const record = (await context.journal.load(name)).record ?? newRecord(name, context.installation)
    const places = pin.targets.filter(({ traits }) => traits.readable)
    const { targets } = await ask(
      hand,
      { record, pin },
      places.map(({ id }) => ({ ask: 'target', target: id })),
    )
    if (Object.values(targets).some(({ is }) => is === 'failed')) return null
    const values = hand.values.secrets(pin.issuer.traits.publicParts)
    return new Map(values.map((value) => [fingerprintPart(value), value]))
  } finally {
    hand.values.forget()
  }
}

async function readIndex({ journal }: Context, receiver: string): Promise<Index> {
  const documents = await journal.documents.list(DIGEST, { after: `${receiver}.`, limit: SHARDS.length })
  const own = documents.filter(({ name }) => name.startsWith(`${receiver}.`))
  return Object.assign({}, ...own.map((document) => parseOrNone<Index>(document) ?? {}))
}

/** Adds what was computed and drops values that no record names any more. */
async function keep(
  context: Context,
  { receiver, added, known }: { receiver: string; added: Index; known: KnownValues },
): Promise<void> {
  const { clock, random, journal } = context
  const hand = { documents: journal.documents, clock, random }
  for (const shard of SHARDS) {
    const own = Object.entries(added).filter(([fingerprint]) => fingerprint.startsWith(shard))
    if (own.length === 0) continue
    await changeOrRenew<Index>(hand, { kind: DIGEST, name: `${receiver}.${shard}` }, (now) => {
      const kept = Object.entries(now ?? {}).filter(([fingerprint]) => known.byFingerprint.has(fingerprint))
      return Object.fromEntries([...kept, ...own])
    })
  }
}

/** Finds what other managed keys have to do with a key, from the journal and, for keys it does not know, from targets. */
import type { KeyConfig } from '../contracts/config.ts'
import { JournalError } from '../contracts/errors.ts'
import { fingerprintOf } from '../contracts/fingerprint.ts'
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { digitsOf, isSameKey, withoutPublicParts } from '../contracts/same-key.ts'
import { holdingIn } from '../workflow/keys/holdings.ts'
import type { Holding } from '../workflow/words/questions.ts'
import { allRecords } from './all-records.ts'
import type { AtHand } from './at-hand.ts'
import { limitCall, toFailure } from './limit-call.ts'
import { askJournal, lookUpHolders } from './look-up-holders.ts'
import { readKey } from './stored-key.ts'

type Asking = Pick<AtHand, 'journal' | 'clock' | 'world' | 'beforeSend' | 'watch'> & { record: KeyRecord }

/** For how long one read of a target is enough. */
const UNSEEN_FOR_MS = 5_000
/** Keys of the same issuer whose targets are read before a key is created or revoked. */
const MOST_READ = 200
/** Of so many keys at the same time. */
const READ_AT_ONCE = 16
/** Beyond so many keys the whole journal in pages costs less than a request for each. */
const LOADED_EACH = 20

/** Everybody else who has to do with the key of this fingerprint, as a whole or under the digits of a part. */
export async function findHoldings(
  asking: Asking,
  { fingerprint, unseen = false }: { fingerprint: string; unseen?: boolean },
): Promise<Holding[]> {
  // An account's id is no secret: whoever keeps it as a key of their own neither uses this key nor holds up its end.
  const { publicParts = [] } = asking.record.rotation?.pin.issuer.traits ?? {}
  const secret = withoutPublicParts(fingerprint, publicParts)
  const [named, read] = await Promise.all([
    holdingsOnRecord(asking, secret, [fingerprint, ...digitsOf(secret)]),
    unseen ? holdingsUnseen(asking, secret) : [],
  ])
  const using = new Set(named.filter(({ as }) => isUse.has(as)).map(({ key }) => key))
  const more = read.filter(({ key }) => !using.has(key))
  return [...named, ...more].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** What is on record of a key that uses the value: that it holds it adds nothing. */
const isUse: ReadonlySet<Holding['as']> = new Set(['uses', 'leaves', 'holds'])

async function holdingsOnRecord(
  asking: Asking,
  fingerprint: string,
  asked: readonly string[],
): Promise<Holding[]> {
  const names = new Set(
    (await Promise.all([...new Set(asked)].map((one) => lookUpHolders(asking, one)))).flat(),
  )
  names.delete(asking.record.key)
  const records = await Promise.all(
    [...names].map((name) => askJournal(asking, () => asking.journal.load(name))),
  )
  return records.flatMap(({ record }) => {
    const holding = record && holdingIn(record, fingerprint)
    if (!holding) return []
    return [asking.world.keys.has(holding.key) ? holding : { ...holding, isStray: true }]
  })
}

/**
 * Keys of the config hold what their targets hold, whatever their last look found: those without a record are read, and
 * those of the same issuer, whose targets may have got this value since.
 */
async function holdingsUnseen(asking: Asking, fingerprint: string): Promise<Holding[]> {
  const unseen = await unseenKeys(asking)
  const others = keysOfIssuer(asking).filter((key) => !unseen.includes(key))
  const [fromUnseen, fromOthers] = await Promise.all([
    readHoldings(asking, fingerprint, unseen),
    readHoldings(asking, fingerprint, others),
  ])
  // Of a key that was looked at before, a target that cannot be read now is known by that look.
  return [...fromUnseen, ...fromOthers.filter(({ as }) => as === 'holds')]
}

/** Other keys of the same issuer; beyond so many their last look has to do. */
function keysOfIssuer({ world, record }: Asking): KeyConfig[] {
  const issuer = world.keys.get(record.key)?.issuer
  return [...world.keys.values()]
    .filter((key) => key.name !== record.key && key.issuer === issuer)
    .slice(0, MOST_READ)
}

async function readHoldings(
  asking: Asking,
  fingerprint: string,
  keys: readonly KeyConfig[],
): Promise<Holding[]> {
  const holdings: Holding[] = []
  for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
    const some = keys.slice(at, at + READ_AT_ONCE)
    holdings.push(...(await Promise.all(some.map((key) => readHolding(asking, fingerprint, key)))))
  }
  return holdings.filter(({ places }) => places.length > 0)
}

async function readHolding(asking: Asking, fingerprint: string, key: KeyConfig): Promise<Holding> {
  const held = await Promise.all(key.targets.map((target) => readUnseen(asking, key, target)))
  const places = key.targets
    .filter((_, at) => isSameKey(held[at]?.fingerprint, fingerprint))
    .map(({ id }) => id)
  if (places.length > 0) return { key: key.name, as: 'holds', places }
  const unread = key.targets.filter((_, at) => held[at]?.unread !== undefined).map(({ id }) => id)
  const why = held.find((one) => one.unread !== undefined)?.unread ?? ''
  return { key: key.name, as: 'unread', places: unread, why }
}

/** Keys once seen stay seen in a process. */
const seenKeys = new WeakMap<ReadonlyMap<string, KeyConfig>, Set<string>>()

async function unseenKeys(asking: Asking): Promise<KeyConfig[]> {
  const { keys } = asking.world
  const seen = seenKeys.get(keys) ?? new Set<string>()
  seenKeys.set(keys, seen)
  const others = [...keys.values()].filter(({ name }) => name !== asking.record.key && !seen.has(name))
  if (others.length > LOADED_EACH) {
    const list: Journal['list'] = (page) => askJournal(asking, () => asking.journal.list(page))
    for await (const { key } of allRecords({ list })) seen.add(key)
  } else {
    for (const { name } of others) {
      if (await hasRecord(asking, name)) seen.add(name)
    }
  }
  return others.filter(({ name }) => !seen.has(name))
}

/** One that is damaged says nothing, so the targets do: it stops no other key. */
async function hasRecord(asking: Asking, name: string): Promise<boolean> {
  try {
    return (await askJournal(asking, () => asking.journal.load(name))).record !== null
  } catch (error) {
    if (error instanceof JournalError && error.code === 'corrupt') return false
    throw error
  }
}

/** What a target holds; `unread`: why nobody can tell now. Neither: no key that can be read. */
interface Held {
  fingerprint?: string
  unread?: string
}

interface Reading {
  at: number
  held: Promise<Held>
}

const readings = new WeakMap<KeyConfig, Map<string, Reading>>()

function readUnseen(asking: Asking, key: KeyConfig, target: KeyConfig['targets'][number]): Promise<Held> {
  const known = readings.get(key) ?? new Map<string, Reading>()
  readings.set(key, known)
  const before = known.get(target.id)
  const now = asking.clock.monotonicMs()
  if (before && now - before.at < UNSEEN_FOR_MS) return before.held
  const held = readHeld(asking, key, target)
  known.set(target.id, { at: now, held })
  held.catch(() => known.delete(target.id))
  return held
}

/** A target that could not be read may hold the key: that is told, and is not the same as holding another one. */
async function readHeld(
  asking: Asking,
  { policy }: KeyConfig,
  target: KeyConfig['targets'][number],
): Promise<Held> {
  try {
    const store = await asking.world.store(target.store)
    if (!store.traits.readable) return {}
    const limited = { provider: target.store, verb: 'read', limitMs: policy.callLimitMs }
    const stored = await limitCall(asking, limited, (call) => readKey(store, target, 'current', call))
    return { fingerprint: fingerprintOf(stored.material) }
  } catch (error) {
    // A lost lease is thrown on by toFailure.
    const { code, missing, message } = toFailure(error, target.store)
    return code === 'not_found' && missing !== 'version' ? {} : { unread: message }
  }
}

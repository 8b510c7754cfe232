/** Finds what other managed keys have to do with a key, from the journal and, for keys it does not know, from targets. */
import type { KeyConfig } from '../contracts/config.ts'
import { fingerprintOf } from '../contracts/fingerprint.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { digitsOf, isSameKey } from '../contracts/same-key.ts'
import { holdingIn } from '../workflow/keys/holdings.ts'
import type { Holding } from '../workflow/words/questions.ts'
import type { AtHand } from './at-hand.ts'
import { limitCall, toFailure } from './limit-call.ts'
import { askJournal, lookUpHolders } from './look-up-holders.ts'

type Asking = Pick<AtHand, 'journal' | 'clock' | 'world' | 'beforeSend'> & { record: KeyRecord }

/** For how long one read of a target is enough. */
const UNSEEN_FOR_MS = 5_000

/** Everybody else who has to do with the key of this fingerprint, as a whole or under the digits of a part. */
export async function findHoldings(
  asking: Asking,
  { fingerprint, unseen = false }: { fingerprint: string; unseen?: boolean },
): Promise<Holding[]> {
  const [named, read] = await Promise.all([
    holdingsOnRecord(asking, fingerprint),
    unseen ? holdingsUnseen(asking, fingerprint) : [],
  ])
  return [...named, ...read].sort((a, b) => (a.key < b.key ? -1 : 1))
}

async function holdingsOnRecord(asking: Asking, fingerprint: string): Promise<Holding[]> {
  const asked = [...new Set([fingerprint, ...digitsOf(fingerprint)])]
  const names = new Set((await Promise.all(asked.map((one) => lookUpHolders(asking, one)))).flat())
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

/** Keys of the config that have no record yet hold what their targets hold: these are read. */
async function holdingsUnseen(asking: Asking, fingerprint: string): Promise<Holding[]> {
  const unseen = await unseenKeys(asking)
  const holdings = await Promise.all(
    unseen.map(async (key): Promise<Holding> => {
      const held = await Promise.all(key.targets.map((target) => readUnseen(asking, key, target)))
      const places = key.targets.filter((_, at) => isSameKey(held[at], fingerprint)).map(({ id }) => id)
      return { key: key.name, as: 'holds', places }
    }),
  )
  return holdings.filter(({ places }) => places.length > 0)
}

/** Keys once seen stay seen: each is looked up once in a process. */
const seenKeys = new WeakMap<ReadonlyMap<string, KeyConfig>, Set<string>>()

async function unseenKeys(asking: Asking): Promise<KeyConfig[]> {
  const { keys } = asking.world
  const seen = seenKeys.get(keys) ?? new Set<string>()
  seenKeys.set(keys, seen)
  const others = [...keys.values()].filter(({ name }) => name !== asking.record.key && !seen.has(name))
  const unseen: KeyConfig[] = []
  for (const key of others) {
    const { record } = await askJournal(asking, () => asking.journal.load(key.name))
    if (record) seen.add(key.name)
    else unseen.push(key)
  }
  return unseen
}

interface Reading {
  at: number
  fingerprint: Promise<string | undefined>
}

const readings = new WeakMap<KeyConfig, Map<string, Reading>>()

/** Undefined for a target that cannot be read now. */
function readUnseen(
  asking: Asking,
  key: KeyConfig,
  target: KeyConfig['targets'][number],
): Promise<string | undefined> {
  const known = readings.get(key) ?? new Map<string, Reading>()
  readings.set(key, known)
  const before = known.get(target.id)
  const now = asking.clock.monotonicMs()
  if (before && now - before.at < UNSEEN_FOR_MS) return before.fingerprint
  const fingerprint = readFingerprint(asking, key, target)
  known.set(target.id, { at: now, fingerprint })
  fingerprint.catch(() => known.delete(target.id))
  return fingerprint
}

async function readFingerprint(
  { world, clock, beforeSend }: Asking,
  { policy }: KeyConfig,
  target: KeyConfig['targets'][number],
): Promise<string | undefined> {
  try {
    const store = await world.store(target.store)
    if (!store.traits.readable) return undefined
    const stored = await limitCall({ clock, beforeSend }, policy.callLimitMs, (call) =>
      store.read(target, 'current', call),
    )
    return fingerprintOf(stored.material)
  } catch (error) {
    // A lost lease is thrown on by toFailure.
    toFailure(error, target.store)
    return undefined
  }
}

/** Every value that the journal knows, by its fingerprint: what it is or was to which key. */
import type { Attempt, KeyRecord, PastKey } from '../../contracts/record.ts'
import { allRecords } from '../../engine/all-records.ts'
import type { Context } from '../context.ts'

/** What a value is or was to a key. `held`: a target held it when last read, and nothing more is known. */
export type ValueState = 'current' | 'new' | 'kept' | 'debt' | 'held' | PastKey['state']

/** One value of one key. Of a key with several parts, each secret part is a value of its own. */
export interface KnownValue {
  key: string
  /** Of this value, 16 digits. */
  fingerprint: string
  state: ValueState
  part: string | null
  /** The name it has at the issuer, and the issuer's id. */
  name: string | null
  id: string | null
  rotation: string | null
  since: number | null
  until: number | null
  places: string[]
  /** Whether it opens anything: `unknown` where nothing shows that it was ended. */
  lives: 'yes' | 'no' | 'unknown'
  /** Which key of a rotation it is, for a rotation of a leaked key; null: such a rotation would not end it. */
  leaked: 'old' | 'new' | 'both' | null
}

export interface KnownValues {
  /** Records that were read. */
  keys: number
  byFingerprint: ReadonlyMap<string, readonly KnownValue[]>
}

const DIGITS = /^[0-9a-f]{16}$/

/** Reads every record once. Public parts of a key, such as the name of an account, are left out: they may be anywhere. */
export async function readKnownValues(
  context: Pick<Context, 'journal' | 'keys' | 'providers'>,
): Promise<KnownValues> {
  const byFingerprint = new Map<string, KnownValue[]>()
  const publicParts = askOnce(context)
  let keys = 0
  for await (const record of allRecords(context.journal)) {
    keys += 1
    for (const value of knownValuesIn(record)) {
      if (value.part !== null && (await publicParts(record)).includes(value.part)) continue
      const known = byFingerprint.get(value.fingerprint)
      if (known) known.push(value)
      else byFingerprint.set(value.fingerprint, [value])
    }
  }
  return { keys, byFingerprint }
}

/** Issuers are asked only about keys with several parts, and each once. */
function askOnce({
  keys,
  providers,
}: Pick<Context, 'keys' | 'providers'>): (record: KeyRecord) => Promise<readonly string[]> {
  const known = new Map<string, Promise<readonly string[]>>()
  return (record) => {
    const pinned = record.rotation?.pin.issuer
    if (pinned) return Promise.resolve(pinned.traits.publicParts ?? [])
    const name = keys.get(record.key)?.issuer
    // A key that the config no longer has: every part of it counts as secret.
    if (name === undefined) return Promise.resolve([])
    const asked = known.get(name) ?? providers.issuer(name).then(({ traits }) => traits.publicParts ?? [])
    known.set(name, asked)
    return asked
  }
}

type About = Partial<Omit<KnownValue, 'key' | 'fingerprint' | 'part' | 'places' | 'leaked'>> &
  Pick<KnownValue, 'state' | 'lives'>

/** The values that a record names, the most important first. */
function knownValuesIn(record: KeyRecord): KnownValue[] {
  const found: KnownValue[] = []
  const add = (fingerprint: string | undefined, about: About) => {
    for (const { part, digits } of partsOf(fingerprint))
      found.push({
        ...{ key: record.key, fingerprint: digits, part, places: placesOf(record, digits) },
        ...{ name: null, id: null, rotation: null, since: null, until: null, ...about },
        leaked: leakedOf(about, digits, record),
      })
  }
  const { current, kept, rotation } = record
  add(current?.fingerprint, {
    state: 'current',
    lives: 'yes',
    ...refOf(current),
    since: current?.since ?? null,
  })
  for (const attempt of rotation?.attempts ?? [])
    add(attempt.fingerprint, {
      ...{ state: 'new', lives: livesOf(attempt), ...refOf(attempt) },
      ...{ rotation: rotation?.id ?? null, since: attempt.at },
    })
  add(kept?.fingerprint, { state: 'kept', lives: 'yes', ...refOf(kept), rotation: kept?.rotation ?? null })
  for (const debt of record.debts)
    add(debt.fingerprint, {
      ...{ state: 'debt', lives: 'yes', ...refOf(debt) },
      rotation: debt.rotation,
      since: debt.since,
    })
  for (const { fingerprint, state, until, rotation: by, ref } of record.past)
    add(fingerprint, {
      ...{ state, lives: state === 'revoked' || state === 'dead' ? 'no' : 'unknown' },
      ...{ ...refOf({ ref }), rotation: by ?? null, until },
    })
  for (const { fingerprint } of Object.values(record.places)) {
    const isKnown = partsOf(fingerprint).every(({ digits }) =>
      found.some((one) => one.fingerprint === digits),
    )
    if (!isKnown) add(fingerprint, { state: 'held', lives: 'unknown' })
  }
  return found
}

/** Which key of its rotation this value is, as {@link KnownValue.leaked}. */
export function leakedIn(record: KeyRecord, digits: string): KnownValue['leaked'] {
  return knownValuesIn(record).find((one) => one.fingerprint === digits && one.leaked)?.leaked ?? null
}

/** What cannot be a key goes by its shape instead of digits. */
function partsOf(fingerprint: string | undefined): { part: string | null; digits: string }[] {
  return (fingerprint ?? '').split(',').flatMap((text) => {
    const at = text.lastIndexOf(':')
    const digits = text.slice(at + 1)
    return DIGITS.test(digits) ? [{ part: at < 0 ? null : text.slice(0, at), digits }] : []
  })
}

function placesOf(record: KeyRecord, digits: string): string[] {
  return Object.entries(record.places)
    .filter(([, { fingerprint }]) => partsOf(fingerprint).some((one) => one.digits === digits))
    .map(([id]) => id)
}

function refOf(
  of: { ref?: { id: string; name?: string } | undefined; name?: string } | null | undefined,
): Pick<KnownValue, 'name' | 'id'> {
  return { name: of?.ref?.name ?? of?.name ?? null, id: of?.ref?.id ?? null }
}

function livesOf({ state }: Attempt): KnownValue['lives'] {
  if (state === 'revoked' || state === 'absent') return 'no'
  return state === 'closed' || state === 'intended' ? 'unknown' : 'yes'
}

/** The word that a rotation is told: a rotation that runs has an old and a new key, otherwise there is only the one. */
function leakedOf(
  { state, lives }: About,
  digits: string,
  { rotation }: Pick<KeyRecord, 'rotation'>,
): KnownValue['leaked'] {
  if (state === 'current') return rotation && !isIn(rotation.old?.fingerprint, digits) ? 'new' : 'old'
  const last = rotation?.attempts.at(-1)
  return state === 'new' && lives === 'yes' && isIn(last?.fingerprint, digits) ? 'new' : null
}

function isIn(whole: string | undefined, digits: string): boolean {
  return partsOf(whole).some((one) => one.digits === digits)
}

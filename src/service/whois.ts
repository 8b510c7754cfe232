/** The verb `whois`: which managed key a value is or was. */
import { fingerprintPart } from '../contracts/fingerprint.ts'
import type { KeyRecord, PastKey } from '../contracts/record.ts'
import type { SecretValue } from '../contracts/secret-value.ts'
import type { Context } from './context.ts'

export interface Match {
  key: string
  environment: string | null
  service: string | null
  owner: string | null
  /** What the value is or was to this key. */
  state: 'current' | 'new' | 'debt' | 'held' | PastKey['state']
  name: string | null
  /** The issuer's id. */
  id: string | null
  rotation: string | null
  places: string[]
}

export interface Whois {
  fingerprint: string
  matches: Match[]
}

/** Which managed key a value is or was, by its fingerprint alone; asks no provider and changes nothing. */
export async function whois(context: Pick<Context, 'journal' | 'keys'>, value: SecretValue): Promise<Whois> {
  const fingerprint = fingerprintPart(value)
  const named = await context.journal.holders(fingerprint)
  const records = await loadAll(context, named)
  return { fingerprint, matches: records.flatMap((record) => matchesIn(context, record, fingerprint)) }
}

async function loadAll(context: Pick<Context, 'journal'>, names: readonly string[]): Promise<KeyRecord[]> {
  const snapshots = await Promise.all(names.map((name) => context.journal.load(name)))
  return snapshots.flatMap(({ record }) => (record ? [record] : []))
}

function isOf(known: string | undefined, fingerprint: string): boolean {
  if (known === undefined) return false
  return known === fingerprint || known.split(',').some((part) => part.endsWith(`:${fingerprint}`))
}

function matchesIn(context: Pick<Context, 'keys'>, record: KeyRecord, fingerprint: string): Match[] {
  const key = context.keys.get(record.key)
  const about = {
    key: record.key,
    environment: key?.environment ?? null,
    service: key?.service ?? null,
    owner: key?.owner ?? null,
  }
  const places = Object.entries(record.places)
    .filter(([, place]) => isOf(place.fingerprint, fingerprint))
    .map(([id]) => id)
  const found: Match[] = []
  const add = (
    state: Match['state'],
    of: { ref?: { id: string; name?: string }; name?: string; rotation?: string },
  ) =>
    found.push({
      ...about,
      state,
      name: of.ref?.name ?? of.name ?? null,
      id: of.ref?.id ?? null,
      rotation: of.rotation ?? null,
      places,
    })
  if (record.current && isOf(record.current.fingerprint, fingerprint)) add('current', record.current)
  for (const attempt of record.rotation?.attempts ?? []) {
    if (isOf(attempt.fingerprint, fingerprint))
      add('new', { ...attempt, rotation: record.rotation?.id ?? '' })
  }
  for (const debt of record.debts) if (isOf(debt.fingerprint, fingerprint)) add('debt', debt)
  for (const past of record.past) if (isOf(past.fingerprint, fingerprint)) add(past.state, past)
  if (found.length === 0 && places.length > 0) add('held', {})
  return found
}

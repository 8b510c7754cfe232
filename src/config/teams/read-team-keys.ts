/* All objects of all teams together: what each is by itself, and which of two that collide counts. */
import type { ConfiguredTarget, KeyConfig } from '../../contracts/config.ts'
import type { KeyProblem } from '../../contracts/key-source.ts'
import { whyForOneKey } from '../check/check-shared-fields.ts'
import { clusterOf } from '../check/check-teams.ts'
import { type Platform, readTeamKey, type TeamKey, type TeamKeyText } from './read-team-key.ts'

export interface TeamObject extends TeamKeyText {
  /** When the object was created, milliseconds since 1970: of two that collide, the older one counts. */
  createdAt: number
}

export interface TeamKeys {
  /** By the name of the key, `namespace/name`. */
  keys: ReadonlyMap<string, TeamKey>
  refused: ReadonlyMap<string, readonly KeyProblem[]>
}

export interface Around {
  platform: Platform
  /** The keys of the config. */
  configured: Readonly<Record<string, KeyConfig>>
  /** The namespace of a Secret that the config names without one; absent: not known. */
  ownNamespace?: string | undefined
}

/** Reads every object. One that is wrong never stops another; of two that collide, the older one counts. */
export function readTeamKeys(objects: readonly TeamObject[], around: Around): TeamKeys {
  const keys = new Map<string, TeamKey>()
  const refused = new Map<string, readonly KeyProblem[]>()
  const taken = takeConfigured(around)
  for (const object of objects.toSorted(compareAge)) {
    const name = `${object.namespace}/${object.name}`
    const read = object.namespace === around.ownNamespace ? own : readTeamKey(object, around.platform)
    const problems = 'problems' in read ? read.problems : findCollisions(object, read.key, taken, around)
    if ('problems' in read || problems.length > 0) {
      refused.set(name, problems)
      if ('problems' in read)
        taken.unread.set(object.namespace, (taken.unread.get(object.namespace) ?? 0) + 1)
      continue
    }
    keys.set(name, read.key)
    take(name, object, read.key, taken)
  }
  return { keys, refused }
}

/** Whoever may write there works for the platform, whose keys are in the config. */
const own: { problems: KeyProblem[] } = {
  problems: [
    {
      path: 'metadata.namespace',
      message: 'is that of Keyrota itself, whose keys are declared in its config',
      expected: 'a namespace of a team',
    },
  ],
}

interface Taken {
  /** Field of a Secret → the key that has it; null: a key of the config. */
  fields: Map<string, string | null>
  /** Issuers whose account has room for one key, and that have it. */
  accounts: Set<string>
  /** Keys of a namespace by each grant. */
  counts: Map<TeamKey['grant'], Map<string, number>>
  /** Older objects of a namespace that are wrong: they keep their place, so that a correction moves nobody out. */
  unread: Map<string, number>
}

function compareAge(one: TeamObject, other: TeamObject): number {
  const name = ({ namespace, name }: TeamObject) => `${namespace}/${name}`
  return one.createdAt - other.createdAt || (name(one) < name(other) ? -1 : 1)
}

function takeConfigured({ configured, platform, ownNamespace }: Around): Taken {
  const taken: Taken = { fields: new Map(), accounts: new Set(), counts: new Map(), unread: new Map() }
  const clusters = new Set(
    platform.rules.grants
      .flatMap(({ stores }) => stores)
      .flatMap((store) => (platform.stores[store] ? [clusterOf(platform.stores[store])] : [])),
  )
  for (const key of Object.values(configured)) {
    taken.accounts.add(key.issuer)
    for (const target of key.targets) {
      const store = platform.stores[target.store]
      if (store?.type !== 'kubernetes-secret' || !clusters.has(clusterOf(store))) continue
      const { namespace }: { namespace?: string } = Object(store.options)
      const home = namespace ?? ownNamespace
      const secret =
        target.secret.includes('/') || home === undefined ? target.secret : `${home}/${target.secret}`
      for (const place of placesOf({ ...target, secret })) taken.fields.set(place, null)
    }
  }
  return taken
}

function placesOf({ secret, fields }: Pick<ConfiguredTarget, 'secret' | 'fields'>): string[] {
  return Object.values(fields).map((field) => `${secret}#${field ?? ''}`)
}

function take(name: string, { namespace }: TeamObject, { key, grant }: TeamKey, taken: Taken): void {
  taken.accounts.add(key.issuer)
  for (const target of key.targets) for (const place of placesOf(target)) taken.fields.set(place, name)
  const counts = taken.counts.get(grant) ?? new Map<string, number>()
  counts.set(namespace, (counts.get(namespace) ?? 0) + 1)
  taken.counts.set(grant, counts)
}

function findCollisions(
  { namespace }: TeamObject,
  { key, grant }: TeamKey,
  taken: Taken,
  { platform }: Around,
): KeyProblem[] {
  const problems: KeyProblem[] = []
  const before = (taken.counts.get(grant)?.get(namespace) ?? 0) + (taken.unread.get(namespace) ?? 0)
  if (before >= grant.maxKeys)
    problems.push({
      path: 'metadata.name',
      message: `this namespace has ${before} older ManagedKeys, and no more than ${grant.maxKeys} are opened to it`,
      expected: 'fewer objects; the oldest ones count',
    })
  const own = new Set<string>()
  for (const [at, target] of key.targets.entries()) {
    const places = placesOf(target)
    const place = places.find((one) => taken.fields.has(one) || own.has(one))
    for (const one of places) own.add(one)
    if (place === undefined) continue
    const holder = taken.fields.get(place)
    const who = holder ?? (taken.fields.has(place) ? 'a key of the config' : 'another target of this key')
    problems.push({ path: `spec.targets[${at}]`, message: `${who} writes the same field` })
  }
  const why = taken.accounts.has(key.issuer) && whyForOneKey(platform.issuers[key.issuer], key)
  if (why) problems.push({ path: 'spec.issuer', message: `${why} another key` })
  return problems
}

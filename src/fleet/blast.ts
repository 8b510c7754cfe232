/** What a campaign would touch, from config and records alone: no provider is asked. */
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import type { Row } from './campaign.ts'
import { orderKeys } from './waves.ts'

export interface Named {
  readonly name: string
  readonly keys: number
}

/** A person who is asked, or has been asked already, and what for. */
export interface Ask {
  readonly key: string
  readonly owner: string
  readonly why: string
  readonly command: string
}

export interface Blast {
  readonly keys: number
  /** Keys that are rotated without anybody. */
  readonly auto: number
  readonly places: number
  readonly issuers: readonly Named[]
  readonly stores: readonly Named[]
  /** They are restarted or checked. */
  readonly consumers: readonly Named[]
  readonly environments: readonly Named[]
  readonly asks: readonly Ask[]
  /** Nothing is done to them. */
  readonly left: readonly { key: string; why: string; command: string }[]
  /** Their targets were never read: a rotation begins with that. */
  readonly unseen: number
}

export interface BlastInput {
  readonly keys: readonly KeyConfig[]
  readonly records: ReadonlyMap<string, KeyRecord>
  /** Issuers whose keys a person creates. */
  readonly operators: ReadonlySet<string>
  readonly isCompromised: boolean
  readonly canary?: string
}

/** The rows of the campaign in the order of their turn, and what they touch. */
export function makeBlast(input: BlastInput): { blast: Blast; rows: Row[] } {
  const sorted = input.keys.map((key) => ({ key, sort: sortKey(key, input) }))
  const of = (group: Row['group']) => sorted.filter(({ sort }) => sort.group === group)
  const auto = orderKeys(
    of('auto').map(({ key }) => key),
    input.canary,
  )
  const rows: Row[] = [
    ...auto.map(({ name }): Row => ({ key: name, group: 'auto' })),
    ...of('people').map(({ key }): Row => ({ key: key.name, group: 'people' })),
    ...of('left').map(({ key, sort }): Row => ({ key: key.name, group: 'left', why: sort.why })),
  ]
  const touched = [...auto, ...of('people').map(({ key }) => key)]
  const blast: Blast = {
    keys: input.keys.length,
    auto: auto.length,
    places: new Set(touched.flatMap(({ targets }) => targets.map(({ id }) => id))).size,
    issuers: tally(touched, ({ issuer }) => [issuer]),
    stores: tally(touched, ({ targets }) => targets.map(({ store }) => store)),
    consumers: tally(touched, ({ consumers }) => consumers),
    environments: tally(touched, ({ environment }) => [environment]),
    asks: of('people').map(({ key, sort }) => ({ key: key.name, owner: key.owner, ...sort })),
    left: of('left').map(({ key, sort }) => ({ key: key.name, ...sort })),
    unseen: touched.filter(({ name }) => !input.records.get(name)?.current).length,
  }
  return { blast, rows }
}

interface Sorted {
  group: Row['group']
  why: string
  command: string
}

function sortKey(key: KeyConfig, { records, operators, isCompromised }: BlastInput): Sorted {
  const record = records.get(key.name)
  const name = quoteWord(key.name)
  const rotation = record?.rotation
  if (key.observe) return { group: 'left', why: 'it is only observed', command: `keyrota explain ${name}` }
  if (rotation?.standing === 'blocked')
    return {
      group: 'people',
      why: `its rotation ${rotation.id} is blocked: ${rotation.hold?.detail ?? rotation.step}`,
      command: rotation.hold?.command ?? `keyrota explain ${name}`,
    }
  if (record?.paused && !isCompromised)
    return { group: 'left', why: `it is paused (${record.paused.by})`, command: `keyrota rotate ${name}` }
  if (operators.has(key.issuer) || record?.byPerson)
    return {
      group: 'people',
      why: `a person creates the keys of ${key.issuer}`,
      command: `keyrota supply ${name}`,
    }
  return { group: 'auto', why: '', command: '' }
}

/** How many keys have to do with each name, the most first. */
function tally(keys: readonly KeyConfig[], namesOf: (key: KeyConfig) => readonly string[]): Named[] {
  const counts = new Map<string, number>()
  for (const key of keys)
    for (const name of new Set(namesOf(key))) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .map(([name, count]) => ({ name, keys: count }))
    .toSorted((a, b) => b.keys - a.keys || (a.name < b.name ? -1 : 1))
}

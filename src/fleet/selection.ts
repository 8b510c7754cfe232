/** Which keys a campaign is about: all that every one of the given criteria names. */
import type { KeyConfig } from '../contracts/config.ts'
import { isSamePerson } from '../contracts/person.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { findSimilar } from '../contracts/similar-name.ts'
import { isSeenBy, peopleIn } from './seen-by.ts'

export interface Selection {
  readonly all?: boolean
  readonly issuer?: string
  readonly store?: string
  readonly owner?: string
  readonly environment?: string
  readonly service?: string
  /** Each as `name=value`; all of them have to fit. */
  readonly labels?: readonly string[]
  /** A person who has seen the value in use. */
  readonly seenBy?: string
  /** Names of keys, as a file lists them. */
  readonly names?: readonly string[]
  /** The file, to be printed in a command. */
  readonly file?: string
}

export type Selected =
  | { readonly keys: KeyConfig[] }
  /** A criterion names what no key has: a typing mistake must not choose fewer keys than were meant. */
  | { readonly unknown: { what: string; near: string | undefined }[] }

const SHOWN = 5

const criteria = ['issuer', 'store', 'owner', 'environment', 'service'] as const

export function isEmpty(selection: Selection): boolean {
  const { all, labels, names, seenBy } = selection
  return (
    !all && !labels?.length && !names && !seenBy && criteria.every((name) => selection[name] === undefined)
  )
}

/** The keys that every criterion names, in the order of the config. */
export function selectKeys(
  keys: ReadonlyMap<string, KeyConfig>,
  selection: Selection,
  records: ReadonlyMap<string, KeyRecord> = new Map(),
): Selected {
  const unknown = findUnknown(keys, selection, records)
  if (unknown.length > 0) return { unknown }
  const names = selection.names && new Set(selection.names)
  const labels = (selection.labels ?? []).map(splitLabel)
  const chosen = [...keys.values()].filter(
    (key) =>
      criteria.every((name) => fits(key, name, selection[name])) &&
      labels.every(([name, value]) => key.labels?.[name] === value) &&
      (!names || names.has(key.name)) &&
      (selection.seenBy === undefined || isSeen(records.get(key.name), selection.seenBy)),
  )
  return { keys: chosen }
}

function isSeen(record: KeyRecord | undefined, person: string): boolean {
  return record !== undefined && isSeenBy(record, person)
}

function valuesOf(key: KeyConfig, criterion: (typeof criteria)[number]): string[] {
  if (criterion === 'store') return [...new Set(key.targets.map(({ store }) => store))]
  return [key[criterion]]
}

function fits(key: KeyConfig, criterion: (typeof criteria)[number], wanted: string | undefined): boolean {
  return wanted === undefined || valuesOf(key, criterion).includes(wanted)
}

function findUnknown(
  keys: ReadonlyMap<string, KeyConfig>,
  selection: Selection,
  records: ReadonlyMap<string, KeyRecord>,
) {
  const unknown: { what: string; near: string | undefined }[] = []
  const all = [...keys.values()]
  for (const criterion of criteria) {
    const wanted = selection[criterion]
    if (wanted === undefined) continue
    const known = new Set(all.flatMap((key) => valuesOf(key, criterion)))
    if (!known.has(wanted))
      unknown.push({ what: `${criterion} ${wanted}`, near: findSimilar(wanted, [...known]) })
  }
  for (const label of selection.labels ?? []) {
    const [name, value] = splitLabel(label)
    const known = [...new Set(all.flatMap(({ labels }) => Object.entries(labels ?? {}).map(joinLabel)))]
    if (!known.includes(joinLabel([name, value])))
      unknown.push({ what: `label ${label}`, near: findSimilar(label, known) })
  }
  for (const [at, name] of [...new Set(selection.names)].entries())
    if (!keys.has(name))
      unknown.push({
        what: `key ${hint(name)} (name ${at + 1} of the file)`,
        near: findSimilar(name, [...keys.keys()]),
      })
  if (selection.seenBy !== undefined) {
    const known = [...new Set([...records.values()].flatMap(peopleIn))]
    if (!known.some((person) => isSamePerson(person, selection.seenBy ?? '')))
      unknown.push({
        what: `a value that ${selection.seenBy} has seen`,
        near: findSimilarPerson(selection.seenBy, known),
      })
  }
  return unknown
}

/** A part of a name is what comes to mind of it. */
function findSimilarPerson(wanted: string, known: readonly string[]): string | undefined {
  const words = (name: string) => name.toLowerCase().split(/[ ._@+-]+/)
  return findSimilar(wanted, known) ?? known.find((name) => words(name).includes(wanted.toLowerCase()))
}

/** A person may have written values where names are expected: enough to find the line, and nothing of a key. */
function hint(name: string): string {
  return name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name
}

function splitLabel(label: string): [string, string] {
  const at = label.indexOf('=')
  return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)]
}

function joinLabel([name, value]: [string, string]): string {
  return `${name}=${value}`
}

/** The names in a file: one a line, empty lines and what follows `#` left out. */
export function readNames(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** The options that choose the same keys, as they are typed. */
export function describeSelection(selection: Selection): string {
  return [
    ...(selection.all ? ['--all'] : []),
    ...criteria.flatMap((name) => {
      const wanted = selection[name]
      return wanted === undefined ? [] : [`--${name} ${quoteWord(wanted)}`]
    }),
    ...(selection.labels ?? []).map((label) => `--label ${quoteWord(label)}`),
    ...(selection.seenBy === undefined ? [] : [`--seen-by ${quoteWord(selection.seenBy)}`]),
    ...(selection.names ? [`--from-file ${quoteWord(selection.file ?? '-')}`] : []),
  ].join(' ')
}

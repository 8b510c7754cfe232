import type { V1ManagedFieldsEntry, V1Secret } from '@kubernetes/client-node'
import { FIELD_MANAGER } from '../../shared/kubernetes/names.ts'
import { isListed, type WriterRules } from '../../shared/options/writers.ts'
import { argoManager, knownWriters, type Signs } from './known-writers.ts'
import { readApplied } from './last-applied.ts'

/*
 * Who else writes a Secret, and would restore a value that is dead by then: its owner, a program that left its mark on it,
 * or the field manager of one of our fields. A manager is safe only if it is ours, or a person's kubectl.
 */

/** Somebody else who writes a Secret, and what to rotate instead. */
export interface Writer {
  readonly who: string
  readonly target: string
  /** The name by which `writers.allow` knows it. */
  readonly name: string
}

/** A person's tool: it writes when somebody says so, which `findReapplyNotes` warns of. */
const personManager = /^(kubectl(-[a-z-]+)?|before-first-apply)$/

/** Who else writes this Secret; undefined if nobody does, or only those that the config allows. */
export function findWriter(
  secret: V1Secret,
  fields: readonly string[],
  rules: WriterRules = { allow: [], deny: [] },
): Writer | undefined {
  const found = [
    ...findOwners(secret),
    ...findMarks(secret, rules),
    ...findFieldManagers(secret, fields, rules),
    ...findArgo(secret, fields),
  ]
  return found.find(({ name }) => !isListed(rules.allow, name))
}

/** Whether the record of who wrote what was taken away, by a proxy or by hand: then nothing shows the writers. */
export function hasNoRecord({ metadata }: V1Secret): boolean {
  return (metadata?.managedFields ?? []).length === 0
}

/** Any owner counts: the garbage collector's reference is the same whether or not it says `controller`. */
function findOwners({ metadata }: V1Secret): Writer[] {
  return (metadata?.ownerReferences ?? []).map(({ kind, name }) => {
    const signs = knownWriters.find(({ kinds }) => kinds?.includes(kind))
    if (signs) return { who: `${signs.who} (${kind} ${name})`, target: signs.target, name: kind }
    const who = `the controller of ${kind} ${name}, which owns it`
    return { who, target: `what ${kind} ${name} takes the value from`, name: kind }
  })
}

function findMarks(secret: V1Secret, { deny }: WriterRules): Writer[] {
  const { labels = {}, annotations = {} } = secret.metadata ?? {}
  const marks = [...Object.entries(labels), ...Object.entries(annotations)]
  const denied = marks.filter(([name]) => isListed(deny, name)).map(([name]) => toDenied(name))
  const known = knownWriters.flatMap((signs) => {
    const mark = marks.find(([name, value]) => isMarked(signs, name, value))?.[0]
    const field = signs.fields?.find((one) => Object.hasOwn(secret.data ?? {}, one))
    const name = mark ?? field
    return name === undefined ? [] : [{ who: signs.who, target: signs.target, name }]
  })
  return [...denied, ...known]
}

function isMarked({ marks = [] }: Signs, name: string, value: string): boolean {
  return marks.some((mark) =>
    mark.endsWith('/') ? name.startsWith(mark) : mark === name || mark === `${name}=${value}`,
  )
}

function findFieldManagers(secret: V1Secret, fields: readonly string[], { deny }: WriterRules): Writer[] {
  return findEntries(secret, fields).flatMap(({ manager = '' }) => {
    if (isListed(deny, manager)) return [toDenied(manager)]
    if (manager === FIELD_MANAGER || personManager.test(manager)) return []
    const signs = knownWriters.find((one) => one.manager?.test(manager))
    if (signs) return [{ who: signs.who, target: signs.target, name: manager }]
    const name = nameOf(manager)
    const who = `the field manager ${name ?? 'with an unusual name'}, which Keyrota does not know`
    return [{ who, target: 'the place that it takes the value from', name: name ?? '' }]
  })
}

/** What Argo CD last applied it restores, also while the field is ours. */
function findArgo(secret: V1Secret, fields: readonly string[]): Writer[] {
  const signs = knownWriters.find(({ manager }) => manager === argoManager)
  const { data, stringData } = readApplied(secret)
  const isApplied = fields.some((field) => Object.hasOwn({ ...data, ...stringData }, field))
  if (signs === undefined || !isApplied || !isTrackedByArgo(secret)) return []
  return [{ who: signs.who, target: signs.target, name: 'argocd-controller' }]
}

function toDenied(name: string): Writer {
  return {
    who: `${name}, which \`writers.deny\` of this store names`,
    target: 'the place that it takes the value from',
    name,
  }
}

/** What one manager holds of these fields: under `data`, or under `stringData`, which only an apply is recorded with. */
export interface Holding {
  readonly manager: string
  readonly isApply: boolean
  readonly under: 'data' | 'stringData'
  readonly field: string
}

/** Who holds which of these fields, and how. */
export function findHoldings(secret: V1Secret, fields: readonly string[]): Holding[] {
  return findEntries(secret, fields).flatMap((entry) =>
    (['data', 'stringData'] as const).flatMap((under) =>
      fields
        .filter((field) => holdsUnder(entry, under, field))
        .map((field) => ({
          manager: entry.manager ?? '',
          isApply: entry.operation === 'Apply',
          under,
          field,
        })),
    ),
  )
}

/** Entries of managers that hold one of these fields (the server keeps them for every kind of write). */
function findEntries({ metadata }: V1Secret, fields: readonly string[]): V1ManagedFieldsEntry[] {
  return (metadata?.managedFields ?? []).filter((entry) =>
    fields.some((field) => holdsUnder(entry, 'data', field) || holdsUnder(entry, 'stringData', field)),
  )
}

function holdsUnder({ fieldsV1 }: V1ManagedFieldsEntry, under: string, field: string): boolean {
  const held = (fieldsV1 as Record<string, object> | undefined)?.[`f:${under}`] ?? {}
  return Object.hasOwn(held, `f:${field}`)
}

/**
 * Which manager of these fields wrote a value that is not ours. An apply of `stringData` leaves the field under our
 * name, so we are never the writer. A manager chooses its own name, so only a plain one is returned.
 */
export function findLastWriter(secret: V1Secret, fields: readonly string[]): string | undefined {
  const [last] = findEntries(secret, fields)
    .filter(({ manager }) => manager !== FIELD_MANAGER)
    .toSorted((a, b) => Number(b.time ?? 0) - Number(a.time ?? 0))
  return nameOf(last?.manager ?? '')
}

function nameOf(manager: string): string | undefined {
  return /^[\w./-]{1,128}$/.test(manager) ? manager : undefined
}

/**
 * Whether Argo CD tracks this Secret. Helm and people set the label of an instance too, so it counts only on what Argo
 * has written.
 */
export function isTrackedByArgo({ metadata }: V1Secret): boolean {
  const names = Object.keys({ ...metadata?.annotations, ...metadata?.labels })
  if (names.some((name) => name.startsWith('argocd.argoproj.io/'))) return true
  const wroteIt = metadata?.managedFields?.some(({ manager }) => argoManager.test(manager ?? '')) ?? false
  return wroteIt && names.includes('app.kubernetes.io/instance')
}

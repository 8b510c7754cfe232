/* What an API server does to an object before it is stored: patches, selectors, pruning by the CRD that ships. */
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { readCustomResource } from './journal-fixture.ts'

export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Json = Record<string, unknown>

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** RFC 7396. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = applyMergePatch(result[name], value)
  }
  return result
}

interface Operation {
  op: 'test' | 'add' | 'copy'
  path: string
  from?: string
  value?: unknown
}

/** RFC 6902, of which three operations on maps are used. */
export function applyJsonPatch(target: unknown, operations: readonly Operation[]): unknown {
  const result = structuredClone(target)
  for (const { op, path, from, value } of operations) {
    const [holder, name] = find(result, path)
    const given = op === 'copy' ? read(result, from ?? '') : value
    if (op === 'test' && !isDeepStrictEqual(holder[name], given))
      throw new Refused(422, `test of ${path} failed`)
    if (op === 'copy' && given === undefined) throw new Refused(422, `nothing at ${from}`)
    if (op !== 'test') holder[name] = given
  }
  return result
}

function find(document: unknown, path: string): [Json, string] {
  const names = path.split('/').slice(1)
  const last = names.pop() ?? ''
  const holder = names.reduce<unknown>((part, name) => (isMap(part) ? part[name] : undefined), document)
  if (!isMap(holder)) throw new Refused(422, `nothing at ${path}`)
  return [holder, last]
}

function read(document: unknown, path: string): unknown {
  const [holder, name] = find(document, path)
  return holder[name]
}

/** `label` or `label=value`, several with commas between them. */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: string | null): boolean {
  if (selector === null) return true
  return selector.split(',').every((one) => {
    const [name = '', value] = one.split('=')
    return value === undefined ? labels[name] !== undefined : labels[name] === value
  })
}

interface Schema {
  type: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema
  items?: Schema
  required?: string[]
  enum?: unknown[]
}

let known: Schema | undefined

function schema(): Schema {
  known ??= parse(readCustomResource()).spec.versions[0].schema.openAPIV3Schema as Schema
  return known
}

/** The object without fields that the CRD does not know; what it knows must be of its type. */
export function prune(object: object): Json {
  const { metadata, ...rest } = object as Json
  return { ...(pruneBy(schema(), rest, '') as Json), metadata }
}

function pruneBy(by: Schema, value: unknown, path: string): unknown {
  const type = Array.isArray(value)
    ? 'array'
    : Number.isInteger(value)
      ? 'integer'
      : isMap(value)
        ? 'object'
        : typeof value
  const fits = type === by.type || (type === 'integer' && by.type === 'number')
  if (!fits) throw new Refused(422, `${path}: ${type} instead of ${by.type}`)
  if (by.enum && !by.enum.includes(value)) throw new Refused(422, `${path}: none of ${by.enum}`)
  if (Array.isArray(value))
    return value.map((item, index) => pruneBy(by.items as Schema, item, `${path}[${index}]`))
  if (!isMap(value)) return value
  for (const name of by.required ?? [])
    if (value[name] === undefined) throw new Refused(422, `${path}.${name}: required`)
  const kept = Object.entries(value).flatMap(([name, field]) => {
    const inner = by.properties?.[name] ?? by.additionalProperties
    return inner ? [[name, pruneBy(inner, field, `${path}.${name}`)] as const] : []
  })
  return Object.fromEntries(kept)
}

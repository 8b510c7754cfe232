import type { JsonSchema } from '../../../../src/config/describe/json-schema.ts'
import type { Values } from './helm.ts'

/** Values with a misspelt name beside every known one of a single map, and those names. */
export interface Misspelt {
  /** Where the map is, e.g. `cronjob` or `config.keys.*`. */
  readonly place: string
  readonly names: readonly string[]
  readonly values: Values
}

/** For each map of the schema that knows its fields, values that misspell all of them at once. */
export function misspellAll(schema: JsonSchema): Misspelt[] {
  return walk(schema, [], (value) => value as Values)
}

function walk(schema: JsonSchema, path: readonly string[], wrap: (value: unknown) => Values): Misspelt[] {
  const found: Misspelt[] = []
  const properties = Object.entries(schema.properties ?? {})
  if (schema.additionalProperties === false) {
    const names = properties.map(([name]) => `${name}X`)
    const wrong = Object.fromEntries(names.map((name) => [name, 1]))
    found.push({ place: path.join('.'), names, values: wrap({ ...fillRequired(schema), ...wrong }) })
  }
  for (const [name, field] of properties) {
    const around = fillRequired(schema)
    found.push(...walk(field, [...path, name], (value) => wrap({ ...around, [name]: value })))
  }
  const entry = schema.additionalProperties
  if (typeof entry === 'object')
    found.push(...walk(entry, [...path, '*'], (value) => wrap({ sample: value })))
  if (schema.items) found.push(...walk(schema.items as JsonSchema, [...path, '[]'], (value) => wrap([value])))
  for (const form of (schema.anyOf ?? []) as JsonSchema[]) found.push(...walk(form, path, wrap))
  return found
}

/** What the map must have, so that only the names are wrong. */
function fillRequired(schema: JsonSchema): Record<string, unknown> {
  const required = schema.required ?? []
  return Object.fromEntries(required.map((name) => [name, sample(schema.properties?.[name] ?? {})]))
}

function sample(schema: JsonSchema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.type === 'array') return [sample((schema.items ?? {}) as JsonSchema)]
  if (schema.type === 'object') return fillRequired(schema)
  if (schema.type === 'integer' || schema.type === 'number') return 1
  return typeof schema.pattern === 'string' && schema.pattern.includes('\\/') ? '10.0.0.0/8' : 'a'
}

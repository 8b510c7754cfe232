import type { JsonSchema } from './json-schema.ts'

interface Row {
  name: string
  type: string
  /** Empty if there is none; undefined if the option is required. */
  fallback: string | undefined
  description: string
}

/**
 * The fields of a schema as a Markdown table, in the schema's order. A field with fields of its own is followed by a row
 * for each, unless the table already has these rows.
 */
export function makeOptionsTable(schema: JsonSchema): string {
  const rows = listRows(schema, '', new Map())
  if (rows.length === 0) return 'None.\n'
  const cells = rows.map(({ name, type, fallback, description }) => [
    `\`${name}\``,
    type,
    fallback ?? '_required_',
    description,
  ])
  return formatTable([['option', 'what', 'default', ''], ...cells])
}

/** Pads the columns, as the formatter of this repository does. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')))
  const widths = (escaped[0] ?? []).map((_, at) => Math.max(3, ...escaped.map((row) => row[at]?.length ?? 0)))
  const lines = escaped.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1), ''].join('\n')
}

/** Fields that already have rows, by their schema. Later ones only refer to them. */
type Shown = Map<string, string>

function listRows(schema: JsonSchema, prefix: string, shown: Shown): Row[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const row: Row = {
      name: `${prefix}${name}`,
      type: describeType(field),
      fallback: required.has(name) ? undefined : formatDefault(field.default),
      description: field.description ?? '',
    }
    const inner = findInner(field)
    if (inner === undefined) return [row]
    const identity = JSON.stringify(inner.schema)
    const before = shown.get(identity)
    if (before !== undefined)
      return [{ ...row, description: `${row.description} (fields as in \`${before}\`)`.trim() }]
    shown.set(identity, row.name)
    return [row, ...listRows(inner.schema, `${row.name}${inner.step}.`, shown)]
  })
}

/** The fields inside a field, and the step that leads to them: none, into a list or into a map. */
function findInner(field: JsonSchema): { schema: JsonSchema; step: string } | undefined {
  if (field.properties) return { schema: field, step: '' }
  const forms = mergeForms(field)
  if (forms) return { schema: forms, step: '' }
  const items = field.items as JsonSchema | undefined
  if (items?.properties) return { schema: items, step: '[]' }
  const entry = field.additionalProperties
  return typeof entry === 'object' && entry.properties ? { schema: entry, step: '.*' } : undefined
}

/** The fields of all forms that a field may have. */
function mergeForms(field: JsonSchema): JsonSchema | undefined {
  const forms = formsOf(field).filter(({ properties }) => properties !== undefined)
  const properties: Record<string, JsonSchema> = {}
  for (const form of forms) {
    for (const [name, inner] of Object.entries(form.properties ?? {})) {
      const before = properties[name]
      const isSame = before === undefined || JSON.stringify(before) === JSON.stringify(inner)
      properties[name] = isSame ? inner : widen(before, inner)
    }
  }
  const names = Object.keys(properties)
  // Where a secret comes from is the same everywhere, and documented once.
  const isPlain = names.length === 0 || names.every((name) => name === 'env' || name === 'file')
  return isPlain ? undefined : { properties }
}

function widen(field: JsonSchema, other: JsonSchema): JsonSchema {
  const forms = formsOf(field)
  const description = field.description ?? other.description
  const anyOf = [...(forms.length > 0 ? forms : [field]), other]
  return description === undefined ? { anyOf } : { anyOf, description }
}

/** The forms of a field that has several; none for a field of one form. */
function formsOf(schema: JsonSchema): JsonSchema[] {
  return (schema.anyOf ?? schema.oneOf ?? []) as JsonSchema[]
}

function formatDefault(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** The type of a field, in a few words. */
function describeType(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  const forms = formsOf(schema)
  if (forms.length > 0) return [...new Set(forms.map(describeType))].join(' or ')
  if (schema.type === 'array') {
    const items = describeType((schema.items ?? {}) as JsonSchema)
    return `list of ${items === 'map' ? 'maps' : items}`
  }
  if (schema.type === 'object') return describeMap(schema)
  if (schema.type === 'string') return isDuration(schema) ? 'duration' : 'text'
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'anything']
  return types.map((type) => typeWords[String(type)] ?? String(type)).join(' or ')
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true, false',
  null: 'nothing',
}

function describeMap(schema: JsonSchema): string {
  const names = Object.keys(schema.properties ?? {})
  if (names.length > 0) return `\`{ ${names.join(', ')} }\``
  const entry = schema.additionalProperties
  if (typeof entry !== 'object') return 'map'
  const entries = describeType(entry)
  return `map of ${entries === 'map' ? 'maps' : entries}`
}

/** Durations are strings that end in a unit of time. */
function isDuration(schema: JsonSchema): boolean {
  return typeof schema.pattern === 'string' && schema.pattern.includes('(ms|s|m|h|d')
}

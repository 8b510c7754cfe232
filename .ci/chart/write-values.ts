/* values.yaml, from the schema of the values: every value with its default and what it is for. */

import { stringify } from 'yaml'
import type { JsonSchema } from '../../src/config/describe/json-schema.ts'

const HEAD = `# The values of the chart. This file is generated; README.md has the same as a table.
# values.schema.json refuses what is not here.
`

/** The text of values.yaml. */
export function writeValues(schema: JsonSchema): string {
  const blocks = Object.entries(schema.properties ?? {}).map(([name, field]) => writeField(name, field, 0))
  return `${HEAD}\n${blocks.join('\n')}`
}

function writeField(name: string, field: JsonSchema, depth: number): string {
  const comment = [field.description, describeChoice(field)].filter(Boolean).join('. ')
  const lines = comment === '' ? [] : [`# ${comment}`]
  if (hasParts(field)) {
    const parts = Object.entries(field.properties ?? {}).map(([inner, one]) => writeField(inner, one, 1))
    return indent([...lines, `${name}:`, ...parts.map((text) => text.trimEnd())].join('\n'), depth)
  }
  const example = Array.isArray(field.examples) ? field.examples[0] : undefined
  if (field.default !== undefined) lines.push(write(name, field.default))
  if (example !== undefined)
    lines.push(
      ...write(name, example)
        .split('\n')
        .map((line) => `# ${line}`),
    )
  if (field.default === undefined && example === undefined)
    throw new Error(`the value ${name} has neither a default nor an example`)
  return indent(lines.join('\n'), depth)
}

/** A field whose own fields have defaults; the config is passed on and has none. */
function hasParts({ properties, default: fallback }: JsonSchema): boolean {
  const isBare = typeof fallback === 'object' && fallback !== null && Object.keys(fallback).length === 0
  return properties !== undefined && isBare
}

function describeChoice({ enum: values }: JsonSchema): string {
  return Array.isArray(values) ? `One of: ${values.join(', ')}` : ''
}

function write(name: string, value: unknown): string {
  return stringify({ [name]: value }, { lineWidth: 0 }).trimEnd()
}

function indent(text: string, depth: number): string {
  return `${depth === 0 ? text : text.replace(/^(?=.)/gm, '  ')}\n`
}

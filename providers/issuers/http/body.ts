/* Fills request bodies: JSON, forms and multipart. */

import { randomUUID } from 'node:crypto'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { RequestOptions } from './schema.ts'
import { fillValue, type Scope } from './template.ts'

/** A filled body, wrapped in a SecretValue if it contains a secret. */
export interface FilledBody {
  body: string | SecretValue
  contentType: string
}

/** Fills the body of a request; undefined if it has none. Fields whose variable is absent are omitted. */
export function fillBody(operation: RequestOptions, scope: Scope): FilledBody | undefined {
  if (operation.json !== undefined) {
    const filled = fillJson(operation.json, scope)
    return wrap(JSON.stringify(filled.value), filled.isSecret, 'application/json')
  }
  if (operation.form !== undefined) {
    const { fields, isSecret } = fillFields(operation.form, scope)
    return wrap(new URLSearchParams(fields).toString(), isSecret, 'application/x-www-form-urlencoded')
  }
  if (operation.multipart !== undefined) {
    const { fields, isSecret } = fillFields(operation.multipart, scope)
    const boundary = randomUUID()
    return wrap(writeMultipart(fields, boundary), isSecret, `multipart/form-data; boundary=${boundary}`)
  }
  return undefined
}

/** Fills named templates as text, in order. Fields whose variable is absent are omitted. */
export function fillFields(
  templates: Readonly<Record<string, string>>,
  scope: Scope,
): { fields: [string, string][]; isSecret: boolean } {
  const fields: [string, string][] = []
  let isSecret = false
  for (const [name, template] of Object.entries(templates)) {
    const filled = fillValue(template, scope)
    if (filled.value === undefined || filled.value === null) continue
    fields.push([name, String(filled.value)])
    isSecret ||= filled.isSecret
  }
  return { fields, isSecret }
}

function fillJson(node: unknown, scope: Scope): { value: unknown; isSecret: boolean } {
  if (typeof node === 'string') return fillValue(node, scope)
  if (typeof node !== 'object' || node === null) return { value: node, isSecret: false }
  const filled = Object.entries(node).map(([name, item]) => ({ name, ...fillJson(item, scope) }))
  const kept = filled.filter((item) => item.value !== undefined)
  const value = Array.isArray(node)
    ? kept.map((item) => item.value)
    : Object.fromEntries(kept.map((item) => [item.name, item.value]))
  return { value, isSecret: kept.some((item) => item.isSecret) }
}

/** RFC 7578: one part per field, in order. Quotes and line breaks in a name are percent-encoded. */
function writeMultipart(fields: readonly [string, string][], boundary: string): string {
  const encodings: Readonly<Record<string, string>> = { '"': '%22', '\r': '%0D', '\n': '%0A' }
  const parts = fields.map(([name, value]) => {
    const shown = name.replace(/["\r\n]/g, (character) => encodings[character] ?? '')
    return `--${boundary}\r\ncontent-disposition: form-data; name="${shown}"\r\n\r\n${value}\r\n`
  })
  return `${parts.join('')}--${boundary}--\r\n`
}

function wrap(text: string, isSecret: boolean, contentType: string): FilledBody {
  return { body: isSecret ? new SecretValue(text) : text, contentType }
}

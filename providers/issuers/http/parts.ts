/* What the options say about the parts of a key, for the checks and for the verbs. */

import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { pickText } from '../../shared/http/extract.ts'
import { listRequestTemplates } from './find-templates.ts'
import type { RequestOptions } from './schema.ts'
import { readVariables, TemplateError } from './template.ts'

/** The options that name parts. */
export interface PartOptions {
  create?:
    | { parts: Readonly<Record<string, string>>; generate: Readonly<Record<string, unknown>> }
    | undefined
  slots?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
  operator?: { parts: readonly string[] } | undefined
}

/** Returns the names of the parts of a key. */
export function partNames({ create, slots, operator }: PartOptions): string[] {
  if (operator !== undefined) return [...operator.parts]
  const [place] = Object.values(slots ?? {})
  if (place !== undefined) return Object.keys(place)
  return [...Object.keys(create?.parts ?? {}), ...Object.keys(create?.generate ?? {})]
}

/** Whether the revoke request needs nothing but the value: it names a part of the key and no id. */
export function revokesByValue(
  options: PartOptions & { revoke?: RequestOptions | undefined; publicParts: readonly string[] },
): boolean {
  if (options.revoke === undefined) return false
  const used = variablesOf(options.revoke)
  return !used.has('id') && partNames(options).some((part) => used.has(part))
}

/** Returns the variables that a request uses; a template that cannot be parsed, which the checks report, uses none. */
export function variablesOf(operation: RequestOptions): ReadonlySet<string> {
  return new Set(listRequestTemplates(operation).flatMap(({ text }) => variablesIn(text)))
}

function variablesIn(text: string): string[] {
  try {
    return readVariables(text)
  } catch (error) {
    if (error instanceof TemplateError) return []
    throw error
  }
}

/** Returns the parts at these paths, or the name of the first one that is missing. */
export function pickParts(
  body: unknown,
  paths: Readonly<Record<string, string>>,
): Record<string, SecretValue> | string {
  const found: Record<string, SecretValue> = {}
  for (const [part, path] of Object.entries(paths)) {
    const value = pickText(body, path)
    if (value === undefined) return part
    found[part] = new SecretValue(value)
  }
  return found
}

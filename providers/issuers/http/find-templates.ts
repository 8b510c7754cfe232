/* Finds every template in the options, for the checks and for reading only the variables in use. */

import type { RequestOptions } from './schema.ts'
import type { AuthOptions, Credential } from './schema-operations.ts'

/** A template with its place inside the operation or the auth block. */
export interface PlacedTemplate {
  text: string
  path: (string | number)[]
  inUrl: boolean
  /** A credential: text without a variable would be a secret in the config. */
  mustHide: boolean
}

/** Returns the URL or path of a request, without its method. */
export function targetOf(operation: Pick<RequestOptions, 'request'>): string {
  return operation.request.slice(operation.request.indexOf(' ')).trim()
}

/** Returns every template in a request. */
export function listRequestTemplates(operation: RequestOptions): PlacedTemplate[] {
  const found = [place(targetOf(operation), ['request'], true)]
  for (const field of ['query', 'headers', 'form', 'multipart'] as const) {
    for (const [name, text] of Object.entries(operation[field] ?? {})) {
      found.push(place(text, [field, name], field === 'query'))
    }
  }
  return [...found, ...listJsonTemplates(operation.json, ['json'])]
}

function listJsonTemplates(node: unknown, path: (string | number)[]): PlacedTemplate[] {
  if (typeof node === 'string') return [place(node, path, false)]
  if (Array.isArray(node)) return node.flatMap((item, index) => listJsonTemplates(item, [...path, index]))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, item]) => listJsonTemplates(item, [...path, name]))
}

/** Returns every template among the credentials of an auth block. Credentials from a variable or a file are not templates. */
export function listAuthTemplates(auth: AuthOptions): PlacedTemplate[] {
  const oauth = auth.oauth2ClientCredentials
  const hidden: [(string | number)[], Credential | undefined][] = [
    [['bearer'], auth.bearer],
    [['scheme', 'credential'], auth.scheme?.credential],
    [['basic', 'password'], auth.basic?.password],
    [['oauth2ClientCredentials', 'clientSecret'], oauth?.clientSecret],
  ]
  const shown: [(string | number)[], Credential | undefined][] = [
    [['basic', 'user'], auth.basic?.user],
    [['oauth2ClientCredentials', 'clientId'], oauth?.clientId],
    ...Object.entries(auth.headers ?? {}).map(
      ([name, value]) => [['headers', name], value] as [string[], Credential],
    ),
  ]
  return [
    ...hidden.flatMap(([path, value]) =>
      typeof value === 'string' ? [place(value, path, false, true)] : [],
    ),
    ...shown.flatMap(([path, value]) => (typeof value === 'string' ? [place(value, path, false)] : [])),
  ]
}

function place(text: string, path: (string | number)[], inUrl: boolean, mustHide = false): PlacedTemplate {
  return { text, path, inUrl, mustHide }
}

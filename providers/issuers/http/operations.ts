/* Builds and sends the requests that the config describes. */

import type { Call } from '../../../src/contracts/call.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, type HttpSettings, sendRequest } from '../../shared/http/client.ts'
import { toRefusedError, toStatusError } from '../../shared/http/errors.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import { authorize, type TokenCache } from './auth.ts'
import { fillBody, fillFields } from './body.ts'
import { findRefusal, includesStatus } from './classify.ts'
import type { Options } from './options.ts'
import type { AuthOptions, ErrorRule, RequestOptions } from './schema.ts'
import { fillUrl, readVariables, type Scope, TemplateError } from './template.ts'
import { listAuthTemplates, listRequestTemplates, targetOf } from './templates-of.ts'

/** A described API at runtime. */
export interface Api {
  options: Options
  settings: HttpSettings
  tokens: TokenCache
}

export type OperationName = 'create' | 'list' | 'revoke' | 'disable' | 'enable' | 'probe' | 'whoami'

/** What to add to the described request, e.g. the next page. */
export interface Extra {
  url?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
}

const mutating: ReadonlySet<OperationName> = new Set(['create', 'revoke', 'disable', 'enable'])

/**
 * Sends the request of an operation and returns the response, whatever its status.
 * @throws ProviderError if the request could not be sent or no complete response arrived.
 */
export async function send(
  api: Api,
  name: OperationName,
  operation: RequestOptions,
  given: Scope,
  call: Call,
  extra: Extra = {},
): Promise<HttpAnswer> {
  const { settings, tokens } = api
  const auth = authOf(api.options, name)
  const scope = { ...given, vars: await readVars(api, operation, auth) }
  const mutates = mutating.has(name)
  const subject = { provider: settings.provider, about: `operation ${name}`, mutates }
  try {
    const request = buildRequest(api.options, operation, scope, extra)
    const headers = { ...request.headers, ...(await authorize(auth, scope, settings, tokens, call)) }
    const answer = await sendRequest(settings, { ...request, headers, mutates }, call)
    if (answer.status === 401) tokens.clear()
    return answer
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw toRefusedError(subject, error.message, `Check the templates of ${name} in the config.`)
  }
}

/**
 * Sends the request of an operation and returns the response if it succeeded: a 2xx that no rule classifies as a refusal.
 * @throws ProviderError with the code given by the rules or the status.
 */
export async function perform(
  api: Api,
  name: OperationName,
  operation: RequestOptions & { errors?: ErrorRule[] | undefined; alreadyGone?: unknown },
  scope: Scope,
  call: Call,
  extra: Extra = {},
): Promise<HttpAnswer> {
  const answer = await send(api, name, operation, scope, call, extra)
  const code = findRefusal(operation.errors, answer)
  if (code !== undefined) throw toStatusError(answer, answer.subject, code)
  const { revoke } = api.options
  if (name === 'revoke' && includesStatus(revoke?.alreadyGone, answer.status)) {
    throw toStatusError(answer, answer.subject, 'not_found')
  }
  if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
  return answer
}

function authOf(options: Options, name: OperationName): AuthOptions {
  const isWithKey = name === 'probe' || name === 'whoami'
  return isWithKey ? (options.auth.probe ?? { bearer: '{{ value }}' }) : options.auth.management
}

interface BuiltRequest {
  method: string
  url: string
  headers: Record<string, string | SecretValue>
  body?: string | SecretValue
}

function buildRequest(options: Options, operation: RequestOptions, scope: Scope, extra: Extra): BuiltRequest {
  const target = targetOf(operation)
  const base = target.startsWith('/') ? (options.base ?? '').replace(/\/+$/, '') : ''
  const url = new URL(extra.url ?? base + fillUrl(target, scope))
  if (extra.url === undefined) addQuery(url, operation, scope)
  for (const [name, value] of Object.entries(extra.query ?? {})) url.searchParams.set(name, value)
  const body = fillBody(operation, scope)
  const { fields } = fillFields(operation.headers ?? {}, scope)
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': body.contentType }),
    ...lowerNames(fields),
    ...lowerNames(Object.entries(extra.headers ?? {})),
  }
  const method = operation.request.slice(0, operation.request.indexOf(' '))
  return { method, url: url.href, headers, ...(body === undefined ? {} : { body: body.body }) }
}

function addQuery(url: URL, operation: RequestOptions, scope: Scope): void {
  const { fields, isSecret } = fillFields(operation.query ?? {}, scope)
  if (isSecret) throw new TemplateError('the URL would contain a secret')
  for (const [name, value] of fields) url.searchParams.append(name, value)
}

function lowerNames(fields: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))
}

/** Returns the variables that this request uses. Secrets it does not use are not read. */
async function readVars(api: Api, operation: RequestOptions, auth: AuthOptions): Promise<Scope> {
  const texts = [...listRequestTemplates(operation), ...listAuthTemplates(auth)].map((one) => one.text)
  const used = new Set(texts.flatMap(readVariables))
  const vars: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(api.options.vars)) {
    if (!used.has(`vars.${name}`)) continue
    const isSource = typeof value === 'object' && value !== null
    vars[name] = isSource ? await readSecret(value, api.settings.provider) : value
  }
  return vars
}

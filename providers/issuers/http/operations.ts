/* Builds and sends the requests that the config describes. */

import type { Call } from '../../../src/contracts/call.ts'
import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, type HttpSettings, sendRequest } from '../../shared/http/client.ts'
import { toRefusedError, toStatusError } from '../../shared/http/errors.ts'
import type { MadeForMarks } from '../../shared/issuer/generate.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import { authorize, type TokenCache } from './auth.ts'
import { fillBody, fillFields } from './body.ts'
import type { OperationName } from './checked.ts'
import { findRefusal, includesStatus, passesAnswer } from './classify.ts'
import { listAuthTemplates, listRequestTemplates, targetOf } from './find-templates.ts'
import type { Options } from './options.ts'
import type { BodyTestOptions, ErrorRule, RequestOptions, Statuses } from './schema.ts'
import type { AuthOptions } from './schema-operations.ts'
import { fillUrl, readVariables, type Scope, TemplateError } from './template.ts'

/** A described API at runtime. */
export interface Api {
  options: Options
  settings: HttpSettings
  tokens: TokenCache
  /** Values of `vars` that only the probes of these garbage keys use. */
  garbage: WeakSet<Material>
  /** `self`: the values made for a mark, so that a repeat sends the same ones; in memory only. */
  generated: MadeForMarks
}

/** What to add to the described request, e.g. the next page. */
export interface Extra {
  url?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** Values that replace those of `vars`. */
  vars?: Readonly<Record<string, unknown>>
}

const mutating: ReadonlySet<OperationName> = new Set(['create', 'revoke', 'endOverlap', 'disable', 'enable'])

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
  const { tokens } = api
  const settings = await withAuthorities(api.settings, api.options.ca)
  const auth = authOf(api.options, name)
  const vars = { ...(await readVars(api, operation, auth)), ...extra.vars }
  const scope = { ...given, vars }
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

type PerformedOptions = RequestOptions & {
  errors?: ErrorRule[] | undefined
  alreadyGone?: Statuses | undefined
  empty?: BodyTestOptions | undefined
}

/**
 * Sends the request of an operation and returns the response if it succeeded: a 2xx that no rule classifies as a refusal.
 * @throws ProviderError with the code given by the rules or the status.
 */
export async function perform(
  api: Api,
  name: OperationName,
  operation: PerformedOptions,
  scope: Scope,
  call: Call,
  extra: Extra = {},
): Promise<HttpAnswer> {
  const answer = await send(api, name, operation, scope, call, extra)
  const code = findRefusal(operation.errors, answer)
  if (code !== undefined) throw toRuleError(answer, code)
  if (includesStatus(operation.alreadyGone, answer.status)) {
    throw toStatusError(answer, answer.subject, 'not_found')
  }
  if (operation.empty !== undefined && passesAnswer(operation.empty, answer)) return answer
  if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
  return answer
}

/** These codes say that nothing was done, whatever the status is. */
const withoutEffect: readonly ErrorCode[] = ['not_found', 'denied', 'throttled', 'quota']

function toRuleError(answer: HttpAnswer, code: ErrorCode): ProviderError {
  const error = toStatusError(answer, answer.subject, code)
  if (error.effect === 'none' || !withoutEffect.includes(code)) return error
  const { provider, nextStep, retryAfterMs } = error
  const message = error.message.slice(provider.length + 2)
  return new ProviderError({ code, provider, message, effect: 'none', nextStep, retryAfterMs })
}

function authOf(options: Options, name: OperationName): AuthOptions {
  const isWithKey = name === 'probe' || name === 'whoami'
  return isWithKey ? (options.auth.probe ?? { bearer: '{{ value }}' }) : (options.auth.management ?? {})
}

interface BuiltRequest {
  method: string
  url: string
  /** The same without what must not be shown; then the URL counts as secret. */
  shownUrl?: string
  headers: Record<string, string | SecretValue>
  body?: string | SecretValue
}

function buildRequest(options: Options, operation: RequestOptions, scope: Scope, extra: Extra): BuiltRequest {
  const target = targetOf(operation)
  const base = target.startsWith('/') ? (options.base ?? '').replace(/\/+$/, '') : ''
  const allow = { secret: operation.secretInUrl === true }
  const path = fillUrl(target, scope, allow)
  const url = new URL(extra.url ?? base + path.text)
  const query = fillFields(operation.query ?? {}, scope)
  if (query.isSecret && !allow.secret) throw new TemplateError('the URL would contain a secret')
  if (extra.url === undefined) for (const [name, value] of query.fields) url.searchParams.append(name, value)
  for (const [name, value] of Object.entries(extra.query ?? {})) url.searchParams.set(name, value)
  // The address of a further page comes from the service, so it may hold anything.
  const hides = path.shown !== undefined || query.isSecret || extra.url !== undefined
  const body = fillBody(operation, scope)
  const { fields, isSecret } = fillFields(operation.headers ?? {}, scope)
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': body.contentType }),
    ...lowerNames(fields, isSecret),
    ...lowerNames(Object.entries(extra.headers ?? {}), false),
  }
  const method = operation.request.slice(0, operation.request.indexOf(' '))
  return {
    method,
    url: url.href,
    ...(hides ? { shownUrl: base + (path.shown ?? path.text) } : {}),
    headers,
    ...(body === undefined ? {} : { body: body.body }),
  }
}

function lowerNames(
  fields: readonly (readonly [string, string])[],
  isSecret: boolean,
): Record<string, string | SecretValue> {
  return Object.fromEntries(
    fields.map(([name, value]) => [name.toLowerCase(), isSecret ? new SecretValue(value) : value]),
  )
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

import makeNodeVault from 'node-vault'
import type { Call } from '../../../src/contracts/call.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, sendRequest } from '../../shared/http/client.ts'
import { toTransportError } from '../../shared/http/errors.ts'
import { type Grant, type LoginAttempt, toVaultError } from './errors.ts'
import type { Namespaces } from './namespaces.ts'

/** One request; `path` is below `/v1/` with its segments encoded. */
export interface VaultRequest {
  path: string
  /** Present: it is posted. */
  body?: object
  token?: SecretValue
  mutates?: boolean
  grant?: Grant
  login?: LoginAttempt
  /** `auth`: about the token itself, so it goes to the namespace that the token is of. */
  at?: 'auth'
}

export interface VaultClient {
  /** The parsed answer, undefined when it has no body. Throws ProviderError. */
  send(request: VaultRequest, call: Call): Promise<unknown>
}

/** What node-vault hands to its transport. */
interface Exchange {
  method: string
  uri: string
  json?: object
  about: VaultRequest
  call: Call
}

/** A secret of 1 MiB in which every character is escaped. */
const maxAnswerBytes = 7 * 1024 * 1024

/**
 * node-vault over a transport of ours. Its own can neither be aborted nor does it time out; it follows redirects with
 * the token, and its errors carry token and body. The debug function is replaced because it prints what is written.
 */
export function openClient(
  provider: string,
  about: { address: string; namespaces: Pick<Namespaces, 'mount' | 'auth'> },
): VaultClient {
  const endpoint = about.address.replace(/\/+$/, '')
  const settings = { provider, hosts: [new URL(endpoint).host], maxBytes: maxAnswerBytes }
  const transport = async ({ method, uri, json, about: request, call }: Exchange) => {
    const namespace = about.namespaces[request.at ?? 'mount']
    const answer = await sendRequest(
      settings,
      {
        method,
        url: uri,
        headers: {
          'x-vault-request': 'true',
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
          ...(request.token === undefined ? {} : { 'x-vault-token': request.token }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: new SecretValue(JSON.stringify(json)) }),
        mutates: request.mutates ?? false,
      },
      call,
    )
    return { statusCode: 200, body: readBody(answer, request), request: { path: request.path } }
  }
  const client = makeNodeVault({
    endpoint,
    debug: () => undefined,
    'request-promise': { defaults: () => transport },
  })
  // Without this, variables of the environment would give a token, a namespace and a path prefix.
  Object.assign(client, { token: '', namespace: '', pathPrefix: '' })
  return {
    send: (request, call) => {
      const handed = { about: request, call }
      return request.body === undefined
        ? client.read(request.path, handed)
        : client.write(request.path, request.body, handed)
    },
  }
}

/**
 * The JSON of a good answer. A 404 that names a version is a good answer too: that version was deleted or
 * destroyed (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version).
 */
function readBody(answer: HttpAnswer, request: VaultRequest): unknown {
  const isGood = answer.status === 200 || answer.status === 204
  if (!isGood && answer.status !== 404) throw toVaultError(answer, request)
  const text = answer.body.expose()
  if (isGood && text === '') return undefined
  let body: unknown
  try {
    body = parseExactly(text)
  } catch {
    if (!isGood) throw toVaultError(answer, request)
    throw toTransportError(answer.subject, { happened: 'the response is not complete JSON', sent: true })
  }
  if (!isGood && !namesVersion(body)) throw toVaultError(answer, request)
  return body
}

function namesVersion(body: unknown): boolean {
  const data = (body as { data?: { metadata?: { version?: unknown } } } | null)?.data
  return typeof data?.metadata?.version === 'number'
}

type RawJson = typeof JSON & { rawJSON(text: string): unknown }
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

/** Parses JSON in which a number that JavaScript would change stays its own text, so that it is written back as it was. */
function parseExactly(text: string): unknown {
  const keep: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? (JSON as RawJson).rawJSON(source)
      : value
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown)
}

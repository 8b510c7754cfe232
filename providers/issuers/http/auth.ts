/* Authentication of requests to the described API. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpSettings, readJson, sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { pick, pickText } from '../../shared/http/extract.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { AuthOptions, Credential } from './schema-operations.ts'
import { fillValue, type Scope } from './template.ts'

/** Access tokens by token URL and client, kept in memory only. */
export type TokenCache = Map<string, { token: SecretValue; until: number }>

/** A token is not used shortly before it expires, since it could expire in transit. */
const tokenMarginMs = 30_000
const tokenDefaultMs = 300_000

/**
 * Returns the headers that authenticate a request.
 * @throws ProviderError if a credential cannot be read or the token endpoint returns no token. The request itself was
 * not sent.
 */
export async function authorize(
  auth: AuthOptions,
  scope: Scope,
  settings: HttpSettings,
  tokens: TokenCache,
  call: Call,
): Promise<Record<string, SecretValue>> {
  const { provider } = settings
  const read = (credential: Credential) => readCredential(credential, scope, provider)
  if (auth.bearer !== undefined) return authorization('Bearer', await read(auth.bearer))
  if (auth.scheme !== undefined) return authorization(auth.scheme.name, await read(auth.scheme.credential))
  if (auth.basic !== undefined) {
    return authorization('Basic', encodeBasic(await read(auth.basic.user), await read(auth.basic.password)))
  }
  if (auth.oauth2ClientCredentials !== undefined) {
    const client = auth.oauth2ClientCredentials
    const id = await read(client.clientId)
    const secret = await read(client.clientSecret)
    return authorization('Bearer', await fetchToken(client, { id, secret }, settings, tokens, call))
  }
  const headers: Record<string, SecretValue> = {}
  for (const [name, credential] of Object.entries(auth.headers ?? {})) {
    headers[name.toLowerCase()] = await read(credential)
  }
  return headers
}

/** Returns what these options authenticate with, as far as it is not a part of a key: nothing of it may be an id. */
export async function readCredentials(
  auth: AuthOptions | undefined,
  provider: string,
): Promise<SecretValue[]> {
  const sources = [
    auth?.bearer,
    auth?.scheme?.credential,
    auth?.basic?.password,
    auth?.oauth2ClientCredentials?.clientSecret,
    ...Object.values(auth?.headers ?? {}),
  ]
  const found: SecretValue[] = []
  for (const source of sources) {
    if (source !== undefined && typeof source !== 'string') found.push(await readSecret(source, provider))
  }
  return found
}

async function readCredential(credential: Credential, scope: Scope, provider: string): Promise<SecretValue> {
  if (typeof credential !== 'string') return await readSecret(credential, provider)
  const { value } = fillValue(credential, scope)
  if (value !== undefined && value !== null && value !== '') return new SecretValue(String(value))
  throw new ProviderError({
    code: 'invalid',
    provider,
    message: 'a variable under auth has no value',
    effect: 'none',
    nextStep: 'Check the variables under auth in the config; the key may lack a part.',
  })
}

function authorization(scheme: string, credential: SecretValue): Record<string, SecretValue> {
  return { authorization: new SecretValue(`${scheme} ${credential.expose()}`) }
}

function encodeBasic(user: SecretValue, password: SecretValue): SecretValue {
  return new SecretValue(Buffer.from(`${user.expose()}:${password.expose()}`, 'utf8').toString('base64'))
}

type ClientOptions = NonNullable<AuthOptions['oauth2ClientCredentials']>

/** RFC 6749 section 4.4. The client's id and secret are sent as HTTP basic (section 2.3.1) or in the body. */
async function fetchToken(
  options: ClientOptions,
  client: { id: SecretValue; secret: SecretValue },
  settings: HttpSettings,
  tokens: TokenCache,
  call: Call,
): Promise<SecretValue> {
  const cacheKey = `${options.tokenUrl} ${client.id.expose()} ${options.scope ?? ''} ${options.audience ?? ''}`
  const kept = tokens.get(cacheKey)
  if (kept !== undefined && kept.until > Date.now()) return kept.token
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (options.scope !== undefined) form.set('scope', options.scope)
  if (options.audience !== undefined) form.set('audience', options.audience)
  const headers: Record<string, string | SecretValue> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (options.clientAuth === 'body') {
    form.set('client_id', client.id.expose())
    form.set('client_secret', client.secret.expose())
  } else {
    const basic = encodeBasic(encodeForm(client.id), encodeForm(client.secret))
    Object.assign(headers, authorization('Basic', basic))
  }
  const body = new SecretValue(form.toString())
  const request = { method: 'POST', url: options.tokenUrl, headers, body, mutates: false }
  const answer = await sendRequest(settings, request, call)
  if (answer.status !== 200) {
    // RFC 6749 section 5.2 lets a server return 400 for an unknown client.
    throw toStatusError(answer, answer.subject, answer.status === 400 ? 'denied' : undefined)
  }
  const json = readJson(answer)
  const token = pickText(json, '$.access_token')
  if (token === undefined) throw toStatusError(answer, answer.subject, 'unavailable')
  const seconds = Number(pick(json, '$.expires_in'))
  const livesMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : tokenDefaultMs
  const wrapped = new SecretValue(token)
  tokens.set(cacheKey, { token: wrapped, until: Date.now() + livesMs - tokenMarginMs })
  return wrapped
}

function encodeForm(value: SecretValue): SecretValue {
  return new SecretValue(new URLSearchParams({ v: value.expose() }).toString().slice(2))
}

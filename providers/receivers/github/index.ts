/*
 * Receiver `github`. The partner program sends values, signed by GitHub's own keys. A webhook of an alert is signed by
 * a secret of the account and has no value in it: that is read from the alert, by its number.
 */

import type { Call, TimedContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { LeakReceiver, Opened, Received, Reported } from '../../../src/contracts/receiver.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, readJson, sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { isObject } from '../../shared/options/is-object.ts'
import { readSecret, type SecretSource } from '../../shared/options/secret-source.ts'
import { hasHexHmac, readShared } from '../../shared/receiver/authentic.ts'
import { toPolicy } from '../../shared/receiver/policy.ts'
import { parseJson, textsOf, wordsOf } from '../../shared/receiver/read-body.ts'
import type { Options } from './options.ts'
import { PublicKeys } from './public-keys.ts'

const KEYS_PATH = '/meta/public_keys/secret_scanning'
const LIMIT_MS = 8_000
const OVER = new Set(['resolved', 'revoked'])
/** Owner, name and number of an alert, as nothing else can be part of the address that is asked. */
const PLACE = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}\/\d{1,12}$/

export function make(options: Options, context: TimedContext): LeakReceiver {
  const keys = new PublicKeys(context, async (call) => readJson(await ask(options, context, KEYS_PATH, call)))
  return {
    policy: toPolicy(options),
    async open(received, call) {
      if (options.partner && received.headers['github-public-key-signature'] !== undefined)
        return await openPartner(keys, received, call)
      if (options.webhookSecret && received.headers['x-hub-signature-256'] !== undefined)
        return openWebhook(await readShared(options.webhookSecret, context.name), received)
      return { is: 'refused', why: 'no signature that is configured' }
    },
    async fetchTexts(place, call) {
      if (!PLACE.test(place) || place.includes('/../') || place.includes('/./')) return []
      const [owner, name, number] = place.split('/')
      const path = `/repos/${owner}/${name}/secret-scanning/alerts/${number}`
      const alert = readJson(await ask(options, context, path, call))
      return isObject(alert) ? textsOf(alert.secret) : []
    },
  }
}

async function openPartner(keys: PublicKeys, { headers, body }: Received, call: Call): Promise<Opened> {
  const id = headers['github-public-key-identifier'] ?? ''
  const signature = headers['github-public-key-signature'] ?? ''
  try {
    const found = await keys.verify({ id, signature, body }, call)
    if (found === 'unsure') return { is: 'later', why: "GitHub's key of this name is not known yet" }
    if (found === 'forged') return { is: 'refused', why: 'signature wrong' }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    return { is: 'later', why: "GitHub's keys cannot be fetched now" }
  }
  const given = parseJson(body)
  if (!Array.isArray(given)) return { is: 'unreadable', why: 'not a JSON array' }
  const leaks = given.flatMap(readMatch)
  return leaks.length > 0 ? { is: 'report', leaks } : { is: 'unreadable', why: 'no token in it' }
}

function readMatch(match: unknown): Reported[] {
  if (!isObject(match)) return []
  const { token, url, source } = match
  const texts = textsOf(token)
  const words = wordsOf({ url, source: typeof source === 'string' ? `GitHub ${source}` : 'GitHub' })
  return texts.length > 0 ? [{ texts, ...words }] : []
}

function openWebhook(secret: string, { headers, body }: Received): Opened {
  if (!hasHexHmac(headers['x-hub-signature-256'], secret, body))
    return { is: 'refused', why: 'signature wrong' }
  if (headers['x-github-event'] !== 'secret_scanning_alert') return { is: 'other' }
  const given = parseJson(body)
  const { action, alert, repository } = isObject(given) ? given : {}
  if (OVER.has(String(action))) return { is: 'other' }
  const number = isObject(alert) ? alert.number : undefined
  const name = isObject(repository) ? repository.full_name : undefined
  const place = `${String(name)}/${String(number)}`
  if (!PLACE.test(place)) return { is: 'unreadable', why: 'no alert and repository in it' }
  const url = isObject(alert) ? alert.html_url : undefined
  return { is: 'report', leaks: [{ texts: [], place, ...wordsOf({ url, source: 'GitHub alert' }) }] }
}

async function bearerOf(token: SecretSource, name: string): Promise<SecretValue> {
  return new SecretValue(`Bearer ${(await readSecret(token, name)).expose()}`)
}

async function ask(
  { api, token }: Options,
  { name }: TimedContext,
  path: string,
  call: Call,
): Promise<HttpAnswer> {
  const url = `${api.replace(/\/+$/, '')}${path}`
  const settings = { provider: name, hosts: [new URL(api).host], limitMs: LIMIT_MS }
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token ? { authorization: await bearerOf(token, name) } : {}),
  }
  const answer = await sendRequest(settings, { method: 'GET', url, headers }, call)
  if (answer.status !== 200) throw toStatusError(answer, answer.subject)
  return answer
}

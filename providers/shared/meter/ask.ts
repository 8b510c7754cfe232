/* Sends the requests of a meter. */
import type { Call } from '../../../src/contracts/call.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, type HttpSettings, sendRequest } from '../http/client.ts'
import { toStatusError } from '../http/errors.ts'
import { type Authorities, withAuthorities } from '../options/authorities.ts'
import { parseDurationMs } from '../options/duration.ts'
import { readSecret, type SecretSource } from '../options/secret-source.ts'

export interface AskOptions {
  headers: Record<string, string | SecretSource>
  bearer?: SecretSource | undefined
  ca?: Authorities | undefined
  limit: string
  maxBytes: number
}

/** Sends a request that changes nothing. @throws ProviderError unless the answer is a success. */
export async function askMeter(
  options: AskOptions,
  provider: string,
  { url, form }: { url: string; form?: Readonly<Record<string, string>> },
  call: Call,
): Promise<HttpAnswer> {
  const { limit, maxBytes, ca, bearer } = options
  const settings: HttpSettings = {
    ...{ provider, hosts: [new URL(url).host], limitMs: parseDurationMs(limit), maxBytes },
  }
  const headers: Record<string, string | SecretValue> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(options.headers))
    headers[name.toLowerCase()] = typeof value === 'string' ? value : await readSecret(value, provider)
  if (bearer)
    headers.authorization = new SecretValue(`Bearer ${(await readSecret(bearer, provider)).expose()}`)
  if (form) headers['content-type'] = 'application/x-www-form-urlencoded'
  const request = {
    ...{ method: form ? 'POST' : 'GET', url, headers, mutates: false },
    ...(form ? { body: new URLSearchParams(form).toString() } : {}),
  }
  const answer = await sendRequest(await withAuthorities(settings, ca), request, call)
  if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
  return answer
}

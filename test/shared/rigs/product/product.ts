/*
 * What a real issuing product brings to a rig and to the law of issuers: its description for the issuer `http`, and the
 * product seen from its own side, never through the adapter.
 */

import { idOfSecret } from '../../../../src/contracts/secret-in-ref.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

export interface Product {
  readonly name: string
  /** The address of the product's server. */
  readonly origin: string
  /** Environment variables that hold the management credential. */
  readonly credentials: Readonly<Record<string, string>>
  /** The issuer's section of the config; `base` stands in for `origin`, `credential` for the name of a variable. */
  describe(base: string, credential?: string): object
  /** Makes a key at the product's own side, as it was done before Keyrota. */
  makeKey(): Promise<string>
  /** Only where a key is replaced in place: replaces it at the product's own side. */
  replaceKey?(): Promise<void>
  /** One call of a consumer with this key, past the proxy: the status that the product returns. */
  call(key: string): Promise<number>
  /** The keys that the product has in force, by its own name for them, which may be the value itself. */
  liveKeys(): Promise<string[]>
  /** The id that Keyrota has for a key that the product names like this. */
  idOf(key: string): string
  close(): Promise<void>
}

/** The id of a key that the product knows by its value alone. */
export function idOfValue(value: string): string {
  return idOfSecret({ value: new SecretValue(value) })
}

/** A call with JSON past the proxy and the adapter. @throws Error for a status other than 2xx. */
export async function callApi(
  url: string,
  headers: Readonly<Record<string, string>>,
  init: { method?: string; body?: unknown } = {},
): Promise<unknown> {
  const { method = 'GET', body } = init
  const response = await fetch(url, {
    method,
    headers: body === undefined ? { ...headers } : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} returned ${response.status}`)
  return text === '' ? undefined : JSON.parse(text)
}

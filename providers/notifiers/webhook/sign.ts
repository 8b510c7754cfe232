/* The signature of Standard Webhooks: HMAC-SHA256 over id, time and body. */

import { createHmac } from 'node:crypto'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'

const PREFIX = 'whsec_'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** `at` in seconds since 1970. @throws ProviderError `invalid` if it is no such secret */
export function sign(
  { id, at, body }: { id: string; at: number; body: string },
  secret: SecretValue,
  provider: string,
): string {
  const text = secret.expose()
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text
  const bytes = Buffer.from(encoded, 'base64')
  if (!BASE64.test(encoded) || bytes.length < 24 || bytes.length > 64) throw notASecret(provider)
  return `v1,${createHmac('sha256', bytes).update(`${id}.${at}.${body}`).digest('base64')}`
}

function notASecret(provider: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    isOwnSetUp: true,
    provider,
    message: 'the secret for the signature is not 24 to 64 bytes in base64',
    effect: 'none',
    nextStep: 'Make one: printf "whsec_%s" "$(openssl rand -base64 32)". The receiver needs the same.',
  })
}

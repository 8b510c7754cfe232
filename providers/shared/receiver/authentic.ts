/* How a sender shows that it may report. Everything is compared in a time that does not depend on where it differs. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Received } from '../../../src/contracts/receiver.ts'
import { readSecret, type SecretSource } from '../options/secret-source.ts'

/** A shorter secret could be guessed. */
const MIN_SECRET_LENGTH = 16
/** Clocks may differ by this much; an older request is taken for a copy of one that was overheard. */
const TOLERANCE_MS = 300_000
/** With more signatures than this a header is not read on. */
const MAX_SIGNATURES = 10

/** @throws ProviderError `invalid` when the secret is absent or can be guessed. */
export async function readShared(source: SecretSource, provider: string): Promise<string> {
  const secret = (await readSecret(source, provider)).expose()
  if (secret.length >= MIN_SECRET_LENGTH) return secret
  throw new ProviderError({
    ...{ code: 'invalid', provider, effect: 'none' },
    message: `the secret that it shares with the sender has fewer than ${MIN_SECRET_LENGTH} characters`,
    nextStep: 'Set a random one on both sides: openssl rand -hex 32',
  })
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(first as Buffer, second as Buffer)
}

/** `Authorization: Bearer <token>` */
export function hasBearer({ headers }: Received, token: string): boolean {
  const [, given = ''] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  return isSame(given, token)
}

/** Whether the header is `sha256=` and the hex HMAC of the body under this key. */
export function hasHexHmac(given: string | undefined, key: string, body: Buffer): boolean {
  return isSame(given ?? '', `sha256=${createHmac('sha256', key).update(body).digest('hex')}`)
}

/** Seconds or milliseconds since 1970, or a date. */
export function isRecent(text: string | undefined, at: number): boolean {
  const number = /^\d{9,14}(\.\d+)?$/.test(text ?? '') ? Number(text) : Number.NaN
  const sentAt = Number.isNaN(number) ? Date.parse(text ?? '') : number < 1e11 ? number * 1_000 : number
  return Math.abs(at - sentAt) <= TOLERANCE_MS
}

/** By the headers of Standard Webhooks. @returns why it is refused; null: it is authentic. */
export function judgeStandardWebhook({ headers, body, at }: Received, secret: string): string | null {
  const id = headers['webhook-id'] ?? ''
  const sentAt = headers['webhook-timestamp'] ?? ''
  if (id === '' || id.length > 256 || !/^\d{9,11}$/.test(sentAt)) return 'headers missing'
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${sentAt}.`).update(body).digest('base64')
  const given = (headers['webhook-signature'] ?? '').split(' ').slice(0, MAX_SIGNATURES)
  const isAuthentic = given.map((one) => isSame(one, `v1,${expected}`)).includes(true)
  if (!isAuthentic) return 'signature wrong'
  return isRecent(sentAt, at) ? null : 'too old, or the clocks differ'
}

/* Options that meters share. */
import { z } from 'zod'
import { authorities } from '../options/authorities.ts'
import { duration } from '../options/duration.ts'
import { secretSource } from '../options/secret-source.ts'
import { isSafeUrl } from '../options/service-url.ts'

export const called = z
  .enum(['key', 'id', 'name', 'fingerprint'])
  .describe(
    'what it holds: the `key` of the config, or the `id`, `name` or `fingerprint` of the key at the issuer. Only the last three tell an old key from the new one',
  )

export const unit = z.enum(['requests', 'credits']).default('requests').describe('what is counted')

export function every(byDefault: string) {
  return duration.default(byDefault).describe('how often it is read')
}

export const history = duration.default('14d').describe('how far back it is read at first')

/** Plain http is common inside a network, and fine as long as no secret is sent. */
export const meterUrl = z.string().refine((text) => {
  const url = URL.parse(text.replace(/\{\{ *(from|to) *\}\}/g, '0'))
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  return url !== null && isHttp && url.username === '' && url.password === '' && url.hash === ''
}, 'expected an http(s) URL without user and fragment')

const header = z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'expected the name of a header')

/** How a meter behind an address is asked. */
export const asking = {
  headers: z
    .record(header, z.union([z.string().max(1000), secretSource]))
    .refine(
      (headers) =>
        !Object.entries(headers).some(
          ([name, value]) =>
            typeof value === 'string' && /authorization|cookie|key|token|secret|password/i.test(name),
        ),
      'a header that carries a secret must be `{ env: NAME }`, `{ file: path }` or `{ credential: NAME }`, never the value itself',
    )
    .default({})
    .describe(
      'headers of the request; a secret one as `{ env: NAME }`, `{ file: path }` or `{ credential: NAME }`',
    ),
  bearer: secretSource.optional().describe('token for `Authorization: Bearer …`'),
  ca: authorities.optional(),
  limit: duration.default('30s').describe('time limit for one request'),
  maxBytes: z
    .int()
    .min(1000)
    .max(256 * 1024 * 1024)
    .default(64 * 1024 * 1024)
    .describe('largest answer, in bytes'),
}

interface Asked {
  url: string
  headers: Record<string, unknown>
  bearer?: unknown
}

/** No secret goes over a connection in plain text. */
export function keepsSecrets({ url, headers, bearer }: Asked): boolean {
  const hasSecret = bearer !== undefined || Object.values(headers).some((value) => typeof value !== 'string')
  const parsed = URL.parse(url)
  return !hasSecret || parsed === null || isSafeUrl(parsed)
}

export const keepsSecretsText = {
  path: ['url'],
  error: 'a secret header needs https (http only to this machine)',
}

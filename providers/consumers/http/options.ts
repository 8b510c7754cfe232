import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { isSafeUrl } from '../../shared/options/service-url.ts'

const url = z.string().refine((text) => {
  const parsed = URL.parse(text)
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:'
  return parsed !== null && isHttp && parsed.username === '' && parsed.password === '' && parsed.hash === ''
}, 'expected an http or https URL without user and fragment')

const token = z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'expected the name of a header')

const headers = z
  .record(token, z.union([z.string().max(1000), secretSource]))
  .refine(isWithoutInlineSecret, {
    error: 'a header that carries a secret is `{ env: NAME }` or `{ file: path }`, never the value itself',
  })
  .default({})
  .describe('headers of the request; a secret one as `{ env: NAME }` or `{ file: path }`')

const statuses = z.array(z.int().min(100).max(599)).min(1)

const place = z.union([
  z.strictObject({ header: token.describe('header of the answer') }),
  z.strictObject({
    json: z
      .string()
      .regex(/^(\/([^~/]|~[01])*)+$/, 'expected a JSON Pointer such as /key/fingerprint')
      .describe('JSON Pointer (RFC 6901) into the body of the answer'),
  }),
])

const restart = z
  .strictObject({
    url: url.describe('asked to restart every instance'),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('its method'),
    headers,
    expect: statuses.default([200, 201, 202, 204]).describe('answers that mean the restart was taken'),
  })
  .refine(isKeptSecret, {
    path: ['url'],
    error: 'a secret header needs https (plain http to this machine only)',
  })

export const options = z
  .strictObject({
    url: url.describe('the health URL; it must answer for the process that holds the key'),
    method: z.enum(['GET', 'HEAD', 'POST']).default('GET').describe('method of the health request'),
    headers,
    expect: statuses.default([200]).describe('statuses of a consumer that is ready'),
    failOn: z
      .array(z.int().min(100).max(599))
      .default([401, 403])
      .describe('statuses that say the consumer fails with its key; every other one means not ready yet'),
    fingerprint: place
      .optional()
      .describe('where the answer tells the fingerprint of the key the consumer runs with'),
    startedAt: place
      .optional()
      .describe(
        'where the answer tells when its oldest instance started: ISO 8601, or seconds or milliseconds',
      ),
    restart: restart.optional().describe('absent: the consumer picks a new value up by itself'),
    limit: duration.default('10s').describe('how long one request may take'),
  })
  .refine(isKeptSecret, {
    path: ['url'],
    error: 'a secret header needs https (plain http to this machine only)',
  })
  .refine((value) => !value.expect.some((status) => value.failOn.includes(status)), {
    path: ['failOn'],
    error: 'a status cannot be in both expect and failOn',
  })
  .refine((value) => value.method !== 'HEAD' || ![value.fingerprint, value.startedAt].some(isInBody), {
    path: ['method'],
    error: 'an answer to HEAD has no body to read JSON from',
  })

export type Options = z.output<typeof options>
export type Place = z.output<typeof place>

export const summary = 'A service that answers at a health URL'

/** Headers whose names say that a secret stands in them come from a variable or a file, never from the config. */
function isWithoutInlineSecret(headers: Record<string, unknown>): boolean {
  return !Object.entries(headers).some(
    ([name, value]) =>
      typeof value === 'string' && /authorization|cookie|key|token|secret|password/i.test(name),
  )
}

/** Whether no secret leaves in the clear. */
function isKeptSecret(request: { url: string; headers: Record<string, unknown> }): boolean {
  const hasSecret = Object.values(request.headers).some((value) => typeof value !== 'string')
  const parsed = URL.parse(request.url)
  return !hasSecret || parsed === null || isSafeUrl(parsed)
}

function isInBody(told: Place | undefined): boolean {
  return told !== undefined && 'json' in told
}

/* Options of consumer `http`. */

import { z } from 'zod'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { isSafeUrl } from '../../shared/options/service-url.ts'

const url = z.string().refine((text) => {
  const parsed = URL.parse(text)
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:'
  return parsed !== null && isHttp && parsed.username === '' && parsed.password === '' && parsed.hash === ''
}, 'expected an http(s) URL without user and fragment')

const token = z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'expected the name of a header')

const headers = z
  .record(token, z.union([z.string().max(1000), secretSource]))
  .refine(isWithoutInlineSecret, {
    error:
      'a header that carries a secret must be `{ env: NAME }`, `{ file: path }` or `{ credential: NAME }`, never the value itself',
  })
  .default({})
  .describe(
    'headers of the request; write a secret one as `{ env: NAME }`, `{ file: path }` or `{ credential: NAME }`',
  )

const statuses = z.array(z.int().min(100).max(599)).min(1)

const place = z.union([
  z.strictObject({ header: token.describe('header of the response') }),
  z.strictObject({
    json: z
      .string()
      .regex(/^(\/([^~/]|~[01])*)+$/, 'expected a JSON Pointer such as /key/fingerprint')
      .describe('JSON Pointer (RFC 6901) into the body of the response'),
  }),
])

const restart = z
  .strictObject({
    url: url.describe('URL that restarts every instance'),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('method of the restart request'),
    headers,
    expect: statuses.default([200, 201, 202, 204]).describe('statuses that mean the restart was accepted'),
  })
  .refine(keepsSecrets, {
    path: ['url'],
    error: 'a secret header needs https (http only to this machine)',
  })

export const options = z
  .strictObject({
    url: url.describe('health URL, served by the process that holds the key'),
    method: z.enum(['GET', 'HEAD', 'POST']).default('GET').describe('method of the health request'),
    headers,
    expect: statuses.default([200]).describe('statuses that mean ready'),
    failOn: z
      .array(z.int().min(100).max(599))
      .default([401, 403])
      .describe('statuses that mean the consumer fails with its key; any other status means not ready yet'),
    fingerprint: place
      .optional()
      .describe('where the response reports the fingerprint of the key the consumer runs with'),
    startedAt: place
      .optional()
      .describe(
        'where the response reports when the oldest instance started: ISO 8601, seconds or milliseconds',
      ),
    restart: restart.optional().describe('omit it if the consumer reloads the key itself'),
    ca: authorities.optional(),
    limit: duration.default('10s').describe('time limit for one request'),
  })
  .refine(keepsSecrets, {
    path: ['url'],
    error: 'a secret header needs https (http only to this machine)',
  })
  .refine((value) => !value.expect.some((status) => value.failOn.includes(status)), {
    path: ['failOn'],
    error: 'a status cannot be in both expect and failOn',
  })
  .refine((value) => value.method !== 'HEAD' || ![value.fingerprint, value.startedAt].some(isInBody), {
    path: ['method'],
    error: 'a response to HEAD has no body to read JSON from',
  })

export type Options = z.output<typeof options>
export type Place = z.output<typeof place>

export const summary = 'A service with a health URL'

/** A header whose name suggests a secret must come from a variable or a file, never from the config. */
function isWithoutInlineSecret(headers: Record<string, unknown>): boolean {
  return !Object.entries(headers).some(
    ([name, value]) =>
      typeof value === 'string' && /authorization|cookie|key|token|secret|password/i.test(name),
  )
}

/** Whether no secret is sent in plain text. */
function keepsSecrets(request: { url: string; headers: Record<string, unknown> }): boolean {
  const hasSecret = Object.values(request.headers).some((value) => typeof value !== 'string')
  const parsed = URL.parse(request.url)
  return !hasSecret || parsed === null || isSafeUrl(parsed)
}

function isInBody(place: Place | undefined): boolean {
  return place !== undefined && 'json' in place
}

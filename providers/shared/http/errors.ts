import type { Effect, ErrorCode, Missing } from '../../../src/contracts/errors.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'

/** Longest pause that a Retry-After can ask for; a service that wants more is simply asked again. */
export const retryAfterCapMs = 3_600_000

/** What an error may say about a request: never its query, headers or body. */
export interface HttpSubject {
  /** Configured name of the provider. */
  provider: string
  /** Method, host and path, e.g. `POST api.example.com/v1/keys`. */
  about: string
  /** Whether the request may change something at the other side. */
  mutates: boolean
}

/** The status and headers (names in lower case) of an answer. */
export interface HttpHead {
  status: number
  headers: Readonly<Record<string, string>>
}

/** What a refusal of a service means to us. */
export interface Meaning {
  code: ErrorCode
  /** Completes the sentence that begins with what was asked. Contains no value. */
  says: string
  nextStep: string
}

type CodeText = Omit<Meaning, 'code'>

const texts: Readonly<Record<ErrorCode, CodeText>> = {
  denied: {
    says: 'the credential was refused or lacks a permission',
    nextStep:
      'Check that the credential of this provider is current and has the permission for this request.',
  },
  not_found: {
    says: 'not found',
    nextStep: 'Check the address in the config, and whether the object still exists.',
  },
  conflict: {
    says: 'it conflicts with the current state',
    nextStep: 'Check what is there now; somebody else may have changed it.',
  },
  throttled: {
    says: 'too many requests',
    nextStep: 'Wait, then try again; ask the service for a higher limit if this persists.',
  },
  unavailable: {
    says: 'the service failed',
    nextStep: 'Wait for the service to recover, then try again.',
  },
  quota: {
    says: 'the account has reached its limit of these',
    nextStep: 'Remove what is no longer used, or ask the service for a higher quota.',
  },
  invalid: {
    says: 'the request was refused',
    nextStep: 'Compare the request in the config with the documentation of the service.',
  },
}

const redirected: CodeText = {
  says: 'it redirects, and Keyrota does not follow redirects',
  nextStep: 'Put the final address into the config.',
}

/** The error code of a status other than success, by RFC 9110 section 15; 410 (gone) reads as 404. */
function toErrorCode(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'throttled'
  return status >= 500 || status === 408 ? 'unavailable' : 'invalid'
}

/**
 * Turns the answer to a refused request into an error, by its status or by the code that the caller read from it.
 * A 4xx had no effect, nor has a 2xx that the caller calls a refusal; after anything else a request that mutates
 * may have had one.
 */
export function toStatusError(
  head: HttpHead,
  subject: HttpSubject,
  code: ErrorCode = toErrorCode(head.status),
): ProviderError {
  const redirects = head.status >= 300 && head.status < 400
  const certain = !redirects && head.status < 500 && head.status !== 408
  const text = redirects ? redirected : texts[code]
  return new ProviderError({
    code,
    provider: subject.provider,
    message: `${subject.about} returned ${head.status}: ${text.says}`,
    effect: certain || !subject.mutates ? 'none' : 'unknown',
    nextStep: text.nextStep,
    retryAfterMs: readRetryAfter(head.headers),
  })
}

/** An error with the meaning that a provider gave to a refusal; by default the request had no effect. */
export function toMeantError(
  { provider, about }: HttpSubject,
  { code, says, nextStep }: Meaning,
  more: { effect?: Effect; missing?: Missing | undefined; retryAfterMs?: number | undefined } = {},
): ProviderError {
  return new ProviderError({
    code,
    provider,
    message: `${about}: ${says}`,
    effect: 'none',
    nextStep,
    ...more,
  })
}

/** The service failed with this status; a request that mutates may have had its effect. */
export function toServiceFailure(
  subject: HttpSubject,
  status: number,
  more: { details?: string; retryAfterMs?: number | undefined } = {},
): ProviderError {
  const says = `the service failed with status ${status}${more.details ?? ''}`
  return toMeantError(
    subject,
    { code: 'unavailable', says, nextStep: texts.unavailable.nextStep },
    { effect: subject.mutates ? 'unknown' : 'none', retryAfterMs: more.retryAfterMs },
  )
}

/**
 * Milliseconds that the answer asks to wait (RFC 9110 section 10.2.3: seconds or a date), at most
 * {@link retryAfterCapMs}; undefined when it does not say. A date counts from the answer's own Date header, so that
 * a wrong clock on either side does no harm.
 */
export function readRetryAfter(headers: HttpHead['headers']): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), retryAfterCapMs)
  const until = Date.parse(text)
  if (Number.isNaN(until)) return undefined
  const answeredAt = Date.parse(headers.date ?? '')
  const from = Number.isNaN(answeredAt) ? Date.now() : answeredAt
  return Math.min(Math.max(until - from, 0), retryAfterCapMs)
}

/**
 * The service's clock when it made this response. Not when a cache had it for a while (`Age`): its date is that of the
 * first response.
 */
export function readDate(headers: HttpHead['headers']): { dateMs?: number } {
  if (headers.age !== undefined) return {}
  const dateMs = Date.parse(headers.date ?? '')
  return Number.isNaN(dateMs) ? {} : { dateMs }
}

/** The response was not complete: cut, refused, too slow, too long or not readable. */
export function toTransportError(
  subject: HttpSubject,
  what: { happened: string; sent: boolean; errorCode?: string | undefined },
): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider: subject.provider,
    message: `${subject.about}: ${what.happened}${what.errorCode === undefined ? '' : ` (${what.errorCode})`}`,
    effect: what.sent && subject.mutates ? 'unknown' : 'none',
    nextStep: 'Check the network path and the state of the service, then try again.',
  })
}

/** The request must not or cannot be made as configured; nothing was sent. */
export function toRefusedError(subject: HttpSubject, why: string, nextStep: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: subject.provider,
    message: `${subject.about}: ${why}`,
    effect: 'none',
    nextStep,
  })
}

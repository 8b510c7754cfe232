import { LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import {
  type HttpSubject,
  type Meaning,
  retryAfterCapMs,
  toMeantError,
  toServiceFailure,
  toTransportError,
} from '../../shared/http/errors.ts'
import { findErrorCode, isNotSent } from '../../shared/http/sdk-call.ts'

/** One request to the service, as errors describe it. */
export interface GcpSubject extends HttpSubject {
  /** The IAM permission it needs. */
  permission: string
}

/** What the client throws; read by shape. `code` is a number of gRPC, also over REST. */
interface GoogleFailure {
  code?: unknown
  httpStatusCode?: number
  statusDetails?: readonly { retryDelay?: { seconds?: unknown; nanos?: unknown } }[]
}

const badCredentials: Meaning = {
  code: 'denied',
  says: 'the credentials were not accepted',
  nextStep: 'Check the access token or the application default credentials of this process.',
}

/** By google.rpc.Code, as far as a refusal is meant; every other code is a failure of the service or of the way there. */
const meanings: Readonly<Record<number, Meaning>> = {
  3: {
    code: 'invalid',
    says: 'the request was refused',
    nextStep: 'Check the name of the secret, its location and the endpoint of this store.',
  },
  5: {
    code: 'not_found',
    says: 'the secret or version does not exist',
    nextStep: 'Check the name, the project and the location; Keyrota creates no secrets.',
  },
  6: {
    code: 'conflict',
    says: 'it exists already',
    nextStep: 'Check what the secret holds now.',
  },
  8: {
    code: 'throttled',
    says: 'too many requests',
    nextStep: "Wait, then try again; the project's quotas allow 600 writes a minute.",
  },
  9: {
    code: 'conflict',
    says: 'the present state of the version does not allow it',
    nextStep: 'Check the state of the version.',
  },
  10: {
    code: 'conflict',
    says: 'it was changed at the same time',
    nextStep: 'Read the secret again and check who changed it.',
  },
  12: {
    code: 'invalid',
    says: 'the server does not know this request',
    nextStep: 'Check the endpoint of this store.',
  },
  16: badCredentials,
}

/** Turns what the client threw into an error of ours; nothing of its message, details or cause is kept. */
export function toGcpError(thrown: unknown, subject: GcpSubject): Error {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  if (cause instanceof LeaseOverError) return cause
  const own = cause instanceof ProviderError ? cause : undefined
  // Our own transport knows only methods, but not every POST of this service changes something.
  if (own?.code === 'unavailable' && own.effect === 'unknown') {
    return toTransportError(subject, { happened: 'no answer', sent: true })
  }
  if (own !== undefined) return own
  const failure = (thrown instanceof Error ? thrown : {}) as GoogleFailure
  const status = failure.httpStatusCode
  const meaning = interpretFailure(failure, subject)
  if (meaning === undefined) return toLostError(thrown, status, subject)
  return toMeantError(subject, meaning, { retryAfterMs: readRetryDelay(failure) })
}

function interpretFailure(failure: GoogleFailure, subject: GcpSubject): Meaning | undefined {
  const status = failure.httpStatusCode
  // A server that does not know a request has not carried it out, although its status says that the service failed.
  if (status !== undefined && failure.code === 12) return meanings[12]
  // Without a status the code is the client's own word for a connection that failed.
  if (status === undefined || status < 400 || status >= 500 || status === 408) return undefined
  if (status === 401) return badCredentials
  if (failure.code === 7 || status === 403) {
    return {
      code: 'denied',
      says: `the principal lacks ${subject.permission}, or the secret does not exist`,
      nextStep: `Grant ${subject.permission} on this secret; \`keyrota permissions\` prints role and binding.`,
    }
  }
  return meanings[typeof failure.code === 'number' ? failure.code : 3] ?? meanings[3]
}

function toLostError(thrown: unknown, status: number | undefined, subject: GcpSubject): ProviderError {
  const errorCode = findErrorCode(thrown)
  if (status === undefined) {
    return toTransportError(subject, { happened: 'no answer', sent: !isNotSent(errorCode), errorCode })
  }
  return toServiceFailure(subject, status, { retryAfterMs: readRetryDelay(thrown as GoogleFailure) })
}

/** The wait in google.rpc.RetryInfo, milliseconds. */
function readRetryDelay(failure: GoogleFailure): number | undefined {
  for (const detail of failure.statusDetails ?? []) {
    const { seconds = 0, nanos = 0 } = detail?.retryDelay ?? {}
    const waitMs = Number(seconds) * 1000 + Number(nanos) / 1_000_000
    if (Number.isFinite(waitMs) && waitMs > 0) return Math.min(Math.ceil(waitMs), retryAfterCapMs)
  }
  return undefined
}

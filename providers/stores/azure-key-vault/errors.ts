import { LeaseOverError, type Missing, ProviderError } from '../../../src/contracts/errors.ts'
import {
  type HttpSubject,
  type Meaning,
  toMeantError,
  toStatusError,
  toTransportError,
} from '../../shared/http/errors.ts'
import { findErrorCode, isNotSent } from '../../shared/http/sdk-call.ts'
import { DATA_ACTIONS } from './permissions.ts'

/** What was asked of the vault. */
export interface Operation {
  verb: keyof typeof DATA_ACTIONS
  secret: string
  /** Absent: the latest. */
  version?: string | undefined
}

interface Details extends Meaning {
  missing?: Missing
}

interface Thrown {
  message?: unknown
  statusCode?: unknown
  details?: { error?: { innerError?: { code?: unknown } } }
  response?: { headers?: { get(name: string): string | undefined } }
}

/** Turns what the client threw into an error of ours. Nothing of it is kept: it holds the request with token and value. */
export function toAzureError(thrown: unknown, operation: Operation, subject: HttpSubject): Error {
  if (thrown instanceof ProviderError || thrown instanceof LeaseOverError) return thrown
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown
  const known = describe(error, operation)
  if (known !== undefined) return toMeantError(subject, known, { missing: known.missing })
  if (typeof error.statusCode === 'number') {
    const retryAfter = error.response?.headers?.get('retry-after')
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    return toStatusError({ status: error.statusCode, headers }, subject)
  }
  const errorCode = findErrorCode(thrown)
  return toTransportError(subject, { happened: 'no answer', sent: !isNotSent(errorCode), errorCode })
}

/** The responses that have a meaning of Key Vault's own (its REST reference, and what its inner codes say). */
function describe(error: Thrown, { verb, version }: Operation): Details | undefined {
  const inner = String(error.details?.error?.innerError?.code ?? '')
  if (typeof error.message === 'string' && error.message.includes('challenge resource')) {
    return {
      code: 'invalid',
      says: 'the server asks for a token of something other than a Key Vault at this host',
      nextStep: 'Correct `vault` in the config.',
    }
  }
  if (error.statusCode === 403 && inner === 'SecretDisabled') return describeDisabled(version)
  if (error.statusCode === 403) {
    return {
      code: 'denied',
      says: `the identity lacks ${DATA_ACTIONS[verb]}${inner === '' ? '' : ` (${inner})`}`,
      nextStep: `Give it the data action ${DATA_ACTIONS[verb]} (with access policies: "${verb === 'update' ? 'set' : verb}"); \`keyrota permissions\` prints the role. The vault's firewall returns the same error.`,
    }
  }
  if (error.statusCode === 404) {
    return {
      code: 'not_found',
      missing: version === undefined ? 'secret' : 'version',
      says: `the ${version === undefined ? 'secret' : 'version'} does not exist`,
      nextStep:
        'Create the secret first, recover it if it was deleted, or correct the target; Keyrota creates no secrets.',
    }
  }
  if (error.statusCode === 409) {
    return {
      code: 'conflict',
      says: 'the secret is deleted, or is being deleted or recovered',
      nextStep: 'Recover the secret, or wait until the vault is done with it.',
    }
  }
  return undefined
}

/** There is no fallback: a secret whose latest version is disabled has no value. */
function describeDisabled(version: string | undefined): Details {
  if (version !== undefined) {
    const nextStep = 'Enable the version if it has to be read.'
    return { code: 'not_found', missing: 'version', says: 'the version is disabled', nextStep }
  }
  return {
    code: 'invalid',
    says: 'the latest version is disabled',
    nextStep: 'Enable it, or set a new version by hand.',
  }
}

import { LeaseOverError, ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import { type HttpSubject, toStatusError, toTransportError } from '../../shared/http/errors.ts'
import { findErrorCode, isNotSent } from '../../shared/http/sdk-call.ts'
import { DATA_ACTIONS } from './permissions.ts'

/** What was asked of the vault. */
export interface Operation {
  verb: keyof typeof DATA_ACTIONS
  secret: string
  /** Absent: the latest. */
  version?: string | undefined
}

type Details = Omit<ProviderErrorDetails, 'provider' | 'effect'>

/** Names of the errors that @azure/identity throws, before anything is sent to the vault. */
const signInErrors = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
])

interface Thrown {
  name?: unknown
  message?: unknown
  statusCode?: unknown
  details?: { error?: { innerError?: { code?: unknown } } }
  response?: { headers?: { get(name: string): string | undefined } }
}

/**
 * What an operation failed with. The client's error is only looked at: it holds the request with token and value, and
 * its text is the service's.
 */
export function toAzureError(thrown: unknown, operation: Operation, subject: HttpSubject): Error {
  if (thrown instanceof ProviderError || thrown instanceof LeaseOverError) return thrown
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown
  const known = signInErrors.has(String(error.name)) ? signInFailed : describe(error, operation)
  if (known !== undefined) return new ProviderError({ provider: subject.provider, effect: 'none', ...known })
  if (typeof error.statusCode === 'number') {
    const retryAfter = error.response?.headers?.get('retry-after')
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    return toStatusError({ status: error.statusCode, headers }, subject)
  }
  const errorCode = findErrorCode(thrown)
  return toTransportError(subject, { happened: 'no answer', sent: !isNotSent(errorCode), errorCode })
}

const signInFailed: Details = {
  code: 'denied',
  message: 'no access token for the vault was given',
  nextStep: 'Check `auth` in the config and the identity of this machine.',
}

/** The answers that mean something of Key Vault's own (its REST reference, and what its inner codes say). */
function describe(error: Thrown, { verb, secret, version }: Operation): Details | undefined {
  const inner = String(error.details?.error?.innerError?.code ?? '')
  const place = version === undefined ? `the secret ${secret}` : `version ${version} of the secret ${secret}`
  if (typeof error.message === 'string' && error.message.includes('challenge resource')) {
    return {
      code: 'invalid',
      message: 'the address asks for a token of something that is no Key Vault at this host',
      nextStep: 'Correct `vault` in the config.',
    }
  }
  if (error.statusCode === 403 && inner === 'SecretDisabled') return describeDisabled(place, version)
  if (error.statusCode === 403) {
    return {
      code: 'denied',
      message: `the vault does not let this identity ${verb} ${place}${inner === '' ? '' : ` (${inner})`}`,
      nextStep: `Give it the data action ${DATA_ACTIONS[verb]} (with access policies: "${verb === 'update' ? 'set' : verb}"); \`keyrota permissions\` prints the role. A firewall of the vault also answers so.`,
    }
  }
  if (error.statusCode === 404) {
    return {
      code: 'not_found',
      missing: version === undefined ? 'secret' : 'version',
      message: `the vault does not have ${place}`,
      nextStep: 'Make the secret first, recover it if it was deleted, or correct the target.',
    }
  }
  if (error.statusCode === 409) {
    return {
      code: 'conflict',
      message: `${place} is deleted, or is being deleted or recovered`,
      nextStep: 'Recover the secret, or wait until the vault is done with it.',
    }
  }
  return undefined
}

/** There is no falling back: a secret whose latest version is disabled has no value. */
function describeDisabled(place: string, version: string | undefined): Details {
  if (version !== undefined) {
    const nextStep = 'Enable the version if it is to be read.'
    return { code: 'not_found', missing: 'version', message: `${place} is disabled`, nextStep }
  }
  return {
    code: 'invalid',
    message: `the latest version of ${place} is disabled`,
    nextStep: 'Enable it, or set a new version by hand.',
  }
}

import type { ProviderError } from '../../../src/contracts/errors.ts'
import {
  type HttpSubject,
  type Meaning,
  readRetryAfter,
  toMeantError,
  toServiceFailure,
  toTransportError,
} from '../../shared/http/errors.ts'
import { findErrorCode, isNotSent } from '../../shared/http/sdk-call.ts'
import { CredentialsFailure, SLOW_SIGN_IN } from './sign-in.ts'

/** One request to the service, as errors describe it. */
export interface AwsSubject extends HttpSubject {
  /** The API operation, which is also the IAM action. */
  action: string
}

/** What the SDK throws; read by shape, since a proxy or an endpoint of another make throws its own. */
interface AwsFailure {
  name: string
  message: string
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { headers?: Record<string, string> }
}

const badCredentials: Meaning = {
  code: 'denied',
  says: 'the credentials were not accepted',
  nextStep: 'Check that the AWS credentials of this process are present, current and of the right account.',
}

/** By the Common Errors and the operations' errors of the Secrets Manager API reference. */
const meanings: readonly { names: RegExp; meaning: Meaning }[] = [
  {
    names: /^(Throttling(Exception)?|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/,
    meaning: {
      code: 'throttled',
      says: 'too many requests',
      nextStep: 'Wait, then try again; writes share 50 a second per region, which AWS does not raise.',
    },
  },
  {
    names:
      /^(UnrecognizedClient|ExpiredToken|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId|NotAuthorized|OptInRequired)(Exception)?$/,
    meaning: badCredentials,
  },
  {
    names: /^(InvalidSignature|SignatureDoesNotMatch|RequestExpired|RequestTimeTooSkewed)(Exception)?$/,
    meaning: {
      code: 'denied',
      says: 'the signature was not accepted',
      nextStep: 'Check the clock of this machine, then the secret access key of its credentials.',
    },
  },
  {
    names: /^(CredentialsProviderError|TokenProviderError)$/,
    meaning: {
      code: 'denied',
      says: 'no credentials were found',
      nextStep: 'Give this process AWS credentials: a role, a profile or the AWS_ variables.',
    },
  },
  {
    names: /^ResourceNotFoundException$/,
    meaning: {
      code: 'not_found',
      says: 'the secret or version does not exist',
      nextStep: 'Check the name, the account and the region; Keyrota creates no secrets.',
    },
  },
  {
    names: /^(ResourceExists|PreconditionNotMet)Exception$/,
    meaning: {
      code: 'conflict',
      says: 'this version exists with different content',
      nextStep: 'Look at what the secret holds now; another write used the same mark.',
    },
  },
  {
    names: /^LimitExceededException$/,
    meaning: {
      code: 'quota',
      says: 'a quota of the account is used up',
      nextStep: 'Ask AWS for a higher quota, or remove what is no longer used.',
    },
  },
  {
    names: /^InvalidRequestException$/,
    meaning: {
      code: 'invalid',
      says: 'the secret is scheduled for deletion or managed by another service',
      nextStep: 'Restore the secret with RestoreSecret, or name another one in the target.',
    },
  },
  {
    names: /^(Decryption|Encryption)Failure$/,
    meaning: {
      code: 'invalid',
      says: "the secret's KMS key cannot be used",
      nextStep: 'Check that the KMS key exists, is enabled and lets this principal use it.',
    },
  },
]

const refusedCredentials: Meaning = {
  code: 'denied',
  says: 'getting credentials was refused, and nothing was sent to Secrets Manager',
  nextStep:
    "Check the role or login of the profile: the role's trust policy and sts:AssumeRole for the identity that assumes it, an expired SSO session.",
}

/** Turns what the SDK threw into an error of ours. Of its message and body only its name and request id are kept. */
export function toAwsError(thrown: unknown, subject: AwsSubject): ProviderError {
  if (thrown instanceof CredentialsFailure) {
    const about = `credentials for ${subject.about}`
    return translate(thrown.thrown, { ...subject, about, mutates: false }, interpretSignIn)
  }
  return translate(thrown, subject, interpretFailure)
}

type Interpret = (failure: AwsFailure, status: number | undefined, subject: AwsSubject) => Meaning | undefined

function translate(thrown: unknown, subject: AwsSubject, interpret: Interpret): ProviderError {
  const failure = (thrown instanceof Error ? thrown : new Error('unknown')) as AwsFailure
  const status = failure.$metadata?.httpStatusCode
  const meaning = interpret(failure, status, subject)
  if (meaning === undefined) return toLostError(failure, status, subject)
  const says = `${meaning.says}${describeFailure(failure)}`
  const retryAfterMs = readRetryAfter(failure.$response?.headers ?? {})
  return toMeantError(subject, { ...meaning, says }, { retryAfterMs })
}

/** Undefined if nothing was refused: the service or the network failed. */
function interpretFailure(
  failure: AwsFailure,
  status: number | undefined,
  subject: AwsSubject,
): Meaning | undefined {
  const known = meanings.find(({ names }) => names.test(failure.name))?.meaning
  if (known !== undefined) return known
  if (/region is missing/i.test(failure.message) && status === undefined) {
    return { code: 'invalid', says: 'no region is set', nextStep: 'Set `region` of this store.' }
  }
  if (status === undefined || status < 400 || status >= 500 || status === 408) return undefined
  if (failure.name === 'AccessDeniedException' || status === 403) return denyMeaning(failure, subject)
  if (status === 401) return badCredentials
  if (status === 429) return meanings[0]?.meaning
  return {
    code: 'invalid',
    says: 'the request was refused',
    nextStep: 'Check the address of the secret and the endpoint of this store.',
  }
}

/** Of the refusals of other services only those of credentials and load mean the same as those of this one. */
function interpretSignIn(failure: AwsFailure, status: number | undefined): Meaning | undefined {
  const own = interpretProvider(failure)
  if (own !== undefined) return own
  const known = meanings.find(({ names }) => names.test(failure.name))?.meaning
  if (known?.code === 'denied' || known?.code === 'throttled') return known
  if (status === undefined || status >= 500 || status === 408) return undefined
  return status === 429 ? meanings[0]?.meaning : refusedCredentials
}

/** The SDK has one error for every source of credentials that gives none; its text and cause tell why. */
function interpretProvider(failure: AwsFailure): Meaning | undefined {
  if (failure.name === SLOW_SIGN_IN)
    return {
      code: 'unavailable',
      says: 'getting credentials timed out, and nothing was sent to Secrets Manager',
      nextStep:
        'Check the way to the source of the credentials: the instance, STS, SSO or the `credential_process`.',
    }
  if (!/^(CredentialsProviderError|TokenProviderError)$/.test(failure.name)) return undefined
  if (/expired/i.test(failure.message))
    return {
      code: 'denied',
      says: 'the login of the profile has expired',
      nextStep: 'Log in again, e.g. with `aws sso login`, as the user that runs Keyrota.',
    }
  const errorCode = findErrorCode(failure)
  if (errorCode !== undefined && errorCode !== 'ENOENT')
    return {
      code: 'unavailable',
      says: `the source of the credentials cannot be reached (${errorCode})`,
      nextStep: 'Check the way to the source of the credentials, then try again.',
    }
  if (/credential_process|process credential/i.test(failure.message))
    return {
      code: 'denied',
      says: 'the `credential_process` of the profile gave no credentials',
      nextStep: 'Run it by hand as the user that runs Keyrota: it shows what is wrong.',
    }
  return undefined
}

/** The service returns the same error if the principal cannot use the secret's KMS key. */
function denyMeaning(failure: AwsFailure, subject: AwsSubject): Meaning {
  const kmsAction = subject.action === 'PutSecretValue' ? 'GenerateDataKey' : 'Decrypt'
  const grant = /\bKMS\b/.test(failure.message) ? `kms:${kmsAction}` : `secretsmanager:${subject.action}`
  return {
    code: 'denied',
    says: `the principal lacks ${grant}`,
    nextStep: `Allow ${grant} on this secret; \`keyrota permissions\` prints the whole policy.`,
  }
}

function toLostError(failure: AwsFailure, status: number | undefined, subject: AwsSubject): ProviderError {
  const errorCode = findErrorCode(failure)
  if (status === undefined) {
    const sent = !isNotSent(errorCode)
    return toTransportError(subject, { happened: 'no answer', sent, errorCode })
  }
  return toServiceFailure(subject, status, {
    details: describeFailure(failure),
    retryAfterMs: readRetryAfter(failure.$response?.headers ?? {}),
  })
}

/** The error's name and the request id, as long as they look like such: support at AWS asks for both. */
function describeFailure(failure: AwsFailure): string {
  const name = /^[A-Za-z0-9.]{1,60}$/.test(failure.name) ? failure.name : 'unnamed error'
  const id = failure.$metadata?.requestId ?? ''
  return /^[\w-]{1,64}$/.test(id) ? ` (${name}, request ${id})` : ` (${name})`
}

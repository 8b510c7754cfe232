import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import { findErrorCode } from '../../shared/http/sdk-call.ts'

/** Why there is no access token. The service was not asked yet; of what the library threw only its kind is kept. */

export class SlowSignIn extends Error {
  override readonly name = 'SlowSignIn'
}

const endpoint = 'the token endpoint of the application default credentials'

export function toSignInError(thrown: unknown, provider: string): ProviderError {
  const { code, says, nextStep } = judge(thrown)
  const message = `signing in to Google: ${says}; nothing was sent to Secret Manager`
  return new ProviderError({ code, provider, message, effect: 'none', nextStep })
}

function judge(thrown: unknown): { code: ErrorCode; says: string; nextStep: string } {
  const {
    message = '',
    status,
    response,
  } = (thrown instanceof Error ? thrown : {}) as {
    message?: string
    status?: unknown
    response?: { status?: unknown }
  }
  const tryAgain = 'Check the way to the token endpoint, then try again.'
  if (thrown instanceof SlowSignIn) return { code: 'unavailable', says: thrown.message, nextStep: tryAgain }
  if (/could not load the default credentials/i.test(message))
    return {
      code: 'denied',
      says: 'no credentials were found',
      nextStep: 'Give this process application default credentials, or name an `accessToken`.',
    }
  const errorCode = findErrorCode(thrown)
  if (
    errorCode === 'ENOENT' ||
    errorCode === 'EACCES' ||
    /does not exist|not a file|is not valid JSON/i.test(message)
  )
    return {
      code: 'invalid',
      says: 'the file of the application default credentials cannot be read',
      nextStep: 'Correct GOOGLE_APPLICATION_CREDENTIALS, and let the user that runs Keyrota read the file.',
    }
  return judgeStatus(status ?? response?.status, errorCode)
}

function judgeStatus(status: unknown, errorCode: string | undefined): ReturnType<typeof judge> {
  if (status === 429)
    return {
      code: 'throttled',
      says: `${endpoint} gets too many requests`,
      nextStep: 'Wait, then try again.',
    }
  if (typeof status === 'number' && status >= 400 && status < 500 && status !== 408)
    return {
      code: 'denied',
      says: `${endpoint} refused them (${status})`,
      nextStep:
        'Check that the key, the login or the federated identity is current; `gcloud auth application-default login` makes a new one.',
    }
  const why =
    typeof status === 'number'
      ? `failed with status ${status}`
      : `gave no answer${errorCode === undefined ? '' : ` (${errorCode})`}`
  return {
    code: 'unavailable',
    says: `${endpoint} ${why}`,
    nextStep: 'Check the way to the token endpoint, then try again.',
  }
}

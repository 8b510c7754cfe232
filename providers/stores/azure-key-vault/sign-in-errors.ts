import { type ErrorCode, LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import { readRetryAfter } from '../../shared/http/errors.ts'
import { findErrorCode } from '../../shared/http/sdk-call.ts'

/*
 * Why there is no token: no identity, a wrong one, one that is refused, or a token endpoint that is down, slow or
 * throttling. Nothing was sent to the vault in any of these. Of what the library threw only codes are kept: its texts
 * quote requests.
 */

/** The last request of a sign-in. */
export interface Outcome {
  host?: string | undefined
  /** Absent while a request has no response. */
  answer?: { status: number; retryAfter: string | undefined } | undefined
  /** The time that was over. */
  limitMs?: number
}

interface Refusal {
  code: ErrorCode
  says: string
  nextStep: string
  retryAfterMs?: number | undefined
}

export function toSignInError(provider: string, thrown: unknown, outcome: Outcome): Error {
  if (thrown instanceof ProviderError || thrown instanceof LeaseOverError) return thrown
  const { code, says, nextStep, retryAfterMs } = judge(thrown, outcome)
  const message = `signing in for the vault: ${says}; nothing was sent to the vault`
  return new ProviderError({ code, provider, message, effect: 'none', nextStep, retryAfterMs })
}

const tryAgain = 'Wait until the token endpoint is reachable and well, then try again.'

function judge(thrown: unknown, { host, answer, limitMs }: Outcome): Refusal {
  const errors = flatten(thrown)
  const endpoint = host === undefined ? 'the token endpoint' : `the token endpoint ${host}`
  if (limitMs !== undefined)
    return { code: 'unavailable', says: `no token within ${limitMs} ms from ${endpoint}`, nextStep: tryAgain }
  const isAbsent = errors.every(
    ({ name }) => name === 'CredentialUnavailableError' || name === 'ChainedTokenCredentialError',
  )
  const errorCode = errors.map((error) => findErrorCode(error)).find((one) => one !== undefined)
  if (errorCode === 'ENOENT' || errorCode === 'EACCES') return unreadable(errorCode)
  if (answer !== undefined && answer.status >= 300) return judgeStatus(answer, endpoint, errors)
  if (
    host !== undefined &&
    answer === undefined &&
    !(isAbsent && thrown instanceof Error && errors.length > 1)
  ) {
    const why = errorCode === undefined ? '' : ` (${errorCode})`
    return { code: 'unavailable', says: `${endpoint} cannot be reached${why}`, nextStep: tryAgain }
  }
  if (isAbsent)
    return {
      code: 'denied',
      says: 'this machine offers no identity',
      nextStep:
        'Name one in `auth` of this store (`managedIdentity`, `workloadIdentity`, `clientSecret`, `clientCertificate`), or give this machine one.',
    }
  return {
    code: 'invalid',
    says: `the identity cannot be used${describeCodes(errors)}`,
    nextStep: 'Check `auth`, `authorityHost` and the certificate or the variables that it names.',
  }
}

function judgeStatus(
  { status, retryAfter }: NonNullable<Outcome['answer']>,
  endpoint: string,
  errors: readonly Error[],
): Refusal {
  const retryAfterMs = readRetryAfter(retryAfter === undefined ? {} : { 'retry-after': retryAfter })
  if (status === 429)
    return {
      code: 'throttled',
      says: `${endpoint} gets too many requests (429)`,
      nextStep: 'Wait, then try again.',
      retryAfterMs,
    }
  if (status >= 500 || status === 408)
    return {
      code: 'unavailable',
      says: `${endpoint} failed with status ${status}`,
      nextStep: tryAgain,
      retryAfterMs,
    }
  if (status < 400 || status === 404)
    return {
      code: 'invalid',
      says: `${endpoint} does not know this address (${status})`,
      nextStep: 'Check `authorityHost`, the tenant and `disableInstanceDiscovery` of this store.',
    }
  const codes = describeCodes(errors)
  return {
    code: 'denied',
    says: `${endpoint} refused the identity (${status})${codes}`,
    nextStep: adviseOn(codes),
  }
}

/** By the codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes. */
function adviseOn(codes: string): string {
  if (/AADSTS(7000215|7000222)|invalid_client/.test(codes))
    return 'Renew the client secret or the certificate: it is wrong or has expired.'
  if (/AADSTS90002/.test(codes)) return 'Correct the tenant of the identity.'
  if (/AADSTS700016|unauthorized_client/.test(codes))
    return 'Correct the client id, or register it in this tenant.'
  if (/AADSTS(70021|700211|700213)/.test(codes))
    return "Correct the federated credential of the identity: issuer, subject and audience of the pod's token."
  return 'Check tenant, client id and secret of the identity, and that it may get tokens for Key Vault.'
}

function unreadable(errorCode: string): Refusal {
  return {
    code: 'invalid',
    says: `the token file or the certificate of the identity cannot be read (${errorCode})`,
    nextStep: 'Check that the file exists and that the user that runs Keyrota can read it.',
  }
}

/** The error, those that it gathers, and their causes. */
function flatten(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 5) return []
  const gathered = (thrown as { errors?: unknown }).errors
  const inner = Array.isArray(gathered) ? gathered.flatMap((one) => flatten(one, depth + 1)) : []
  const cause = thrown.cause === undefined ? [] : flatten(thrown.cause, depth + 1)
  return inner.length > 0 ? inner : [thrown, ...cause]
}

/** The codes in what was thrown: of OAuth, of Entra, of the library; only what has the form of one. */
function describeCodes(errors: readonly Error[]): string {
  const found = new Set<string>()
  for (const error of errors) {
    const { errorCode, errorResponse } = error as { errorCode?: unknown; errorResponse?: { error?: unknown } }
    for (const code of [errorCode, errorResponse?.error])
      if (typeof code === 'string' && /^[a-z][a-z_]{2,40}$/.test(code)) found.add(code)
    for (const [code] of error.message.matchAll(/\bAADSTS\d{4,8}\b/g)) found.add(code)
  }
  return found.size === 0 ? '' : `: ${[...found].join(', ')}`
}

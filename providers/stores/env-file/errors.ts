import { type ErrorCode, type Missing, ProviderError } from '../../../src/contracts/errors.ts'

interface Details {
  code: ErrorCode
  message: string
  nextStep: string
  effect?: 'none' | 'unknown'
  missing?: Missing
  cause?: unknown
}

/** An error of this store; its effect is `none` unless said otherwise. */
export function failure(provider: string, details: Details): ProviderError {
  return new ProviderError({ effect: 'none', ...details, provider })
}

const DENIED = new Set(['EACCES', 'EPERM', 'EROFS'])
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])
const MISPLACED = new Set(['EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EBUSY', 'EXDEV'])

/**
 * What a failed call of the operating system at the target means; `what` names what was tried. Anything that is no
 * such error is thrown as it is.
 */
export function systemFailure(
  provider: string,
  error: unknown,
  what: string,
  effect: 'none' | 'unknown' = 'none',
): ProviderError {
  if (!isSystemError(error)) throw error
  const about = { message: `cannot ${what} (${error.code})`, effect, cause: error }
  if (ABSENT.has(error.code))
    return failure(provider, {
      ...about,
      code: 'not_found',
      missing: 'secret',
      nextStep: 'Create the file first, or correct `secret` in the target.',
    })
  if (MISPLACED.has(error.code))
    return failure(provider, { ...about, code: 'invalid', nextStep: 'Name a plain file in a plain folder.' })
  return accessFailure(provider, error, what, effect)
}

/** The same for Keyrota's own files, whose absence says nothing about the target. */
export function accessFailure(
  provider: string,
  error: unknown,
  what: string,
  effect: 'none' | 'unknown' = 'none',
): ProviderError {
  if (!isSystemError(error)) throw error
  const about = { message: `cannot ${what} (${error.code})`, effect, cause: error }
  if (DENIED.has(error.code))
    return failure(provider, {
      ...about,
      code: 'denied',
      nextStep: 'Give the user that runs Keyrota the right to read the file and to write in its folder.',
    })
  return failure(provider, {
    ...about,
    code: 'unavailable',
    nextStep: 'Check the disk: free space, quota and health; then try again.',
  })
}

/** An error of Node or the operating system with its code; our own errors have one too and are not meant. */
export function isSystemError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || error instanceof ProviderError) return false
  return 'code' in error && typeof error.code === 'string'
}

/* Exit codes, and how errors are described on stderr. */

import { ConfigError } from '../contracts/config.ts'
import { isPassing, JournalError, LeaseOverError, ProviderError } from '../contracts/errors.ts'
import { ServiceError } from '../service/context.ts'
import type { Result } from '../service/outcome.ts'

export const exitCodes = {
  done: 0,
  internal: 1,
  usage: 2,
  config: 3,
  needsPerson: 4,
  unavailable: 5,
  claimed: 6,
} as const

const ofResult: Record<Result, number> = {
  done: exitCodes.done,
  waiting: exitCodes.done,
  'needs-person': exitCodes.needsPerson,
  unavailable: exitCodes.unavailable,
  claimed: exitCodes.claimed,
  postponed: exitCodes.unavailable,
}

export function codeOf(result: Result): number {
  return ofResult[result]
}

/** One exit code for several keys: the first of 1, 4, 5, 6 that any key has, else the first that is not 0. */
export function exitCodeOf(codes: readonly number[]): number {
  const order = [exitCodes.internal, exitCodes.needsPerson, exitCodes.unavailable, exitCodes.claimed]
  return order.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0
}

export interface ErrorReport {
  code: number
  lines: readonly string[]
}

/** The lines and the exit code for an error. An unexpected error is described by its name and stack only. */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof ConfigError) return { code: exitCodes.config, lines: [error.format().trimEnd()] }
  if (error instanceof ServiceError) {
    const code =
      error.code === 'unknown-key' || error.code === 'settle-too-long'
        ? exitCodes.usage
        : exitCodes.needsPerson
    return { code, lines: [error.message, error.nextStep] }
  }
  if (error instanceof JournalError) {
    const code =
      error.code === 'lost-claim'
        ? exitCodes.claimed
        : error.code === 'unavailable'
          ? exitCodes.unavailable
          : exitCodes.internal
    return { code, lines: [error.message, error.nextStep] }
  }
  if (error instanceof LeaseOverError) {
    const nextStep = 'This process was too slow to renew its claim. Nothing is lost: run the command again.'
    return { code: exitCodes.claimed, lines: [error.message, nextStep] }
  }
  if (error instanceof ProviderError) {
    return {
      code: isPassing(error) ? exitCodes.unavailable : exitCodes.needsPerson,
      lines: [error.message, error.nextStep],
    }
  }
  return { code: exitCodes.internal, lines: describeDefect(error) }
}

/** The message of an unexpected error may contain a secret, so only its name and stack frames are shown. */
function describeDefect(error: unknown): string[] {
  const kind = error instanceof Error ? error.name : typeof error
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 5)
  return [
    `internal error (${kind})`,
    ...place,
    'This is a bug in Keyrota. The journal keeps the state of every rotation: run the command again.',
  ]
}

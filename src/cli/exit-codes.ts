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
}

export function codeOf(result: Result): number {
  return ofResult[result]
}

/** Of several keys the first of 1, 4, 5, 6 that any of them has; else the first that is not 0. */
export function exitCodeOf(codes: readonly number[]): number {
  const order = [exitCodes.internal, exitCodes.needsPerson, exitCodes.unavailable, exitCodes.claimed]
  return order.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0
}

export interface Complaint {
  code: number
  lines: readonly string[]
}

/** What is told of an error, and the exit code. An error that nobody foresaw is told by its name and place alone. */
export function complain(error: unknown): Complaint {
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
    const nextStep = 'This process was too slow to keep its claim. Run the command again; nothing is lost.'
    return { code: exitCodes.claimed, lines: [error.message, nextStep] }
  }
  if (error instanceof ProviderError) {
    return {
      code: isPassing(error) ? exitCodes.unavailable : exitCodes.needsPerson,
      lines: [error.message, error.nextStep],
    }
  }
  return { code: exitCodes.internal, lines: sayDefect(error) }
}

/** The message of an unforeseen error may hold anything, so only its kind and where it came from are shown. */
function sayDefect(error: unknown): string[] {
  const kind = error instanceof Error ? error.name : typeof error
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 5)
  return [
    `internal error (${kind})`,
    ...place,
    'This is a defect of Keyrota. Run the command again; state is kept in the journal.',
  ]
}

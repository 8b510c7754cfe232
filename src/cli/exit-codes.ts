/* Exit codes, and how errors are described on stderr or in a JSON document. */

import { ConfigError, type ConfigProblem } from '../contracts/config.ts'
import { isPassing, JournalError, LeaseOverError, ProviderError } from '../contracts/errors.ts'
import { quoteWord } from '../contracts/shell-word.ts'
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

/** For help and man page. */
export const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done, or waiting as planned',
  internal: 'internal error',
  usage: 'usage',
  config: 'config',
  needsPerson:
    'a person is needed: blocked, rolled back, a key to delete, or a target that holds the wrong value',
  unavailable: 'not possible now, try again: a provider is unavailable, or it is too early',
  claimed: 'another process holds the key',
}

const ofResult: Record<Result, number> = {
  done: exitCodes.done,
  waiting: exitCodes.done,
  'needs-person': exitCodes.needsPerson,
  unavailable: exitCodes.unavailable,
  postponed: exitCodes.unavailable,
  claimed: exitCodes.claimed,
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
  /** A constant for machines, such as `unknown-key` or `denied`. */
  kind: string
  /** What happened. More lines follow for an unexpected error. */
  message: string
  /** What to do about it, with the exact command if there is one. */
  nextStep: string
  /** Of a config: each problem with its place. */
  problems?: readonly ConfigProblem[]
}

/** What an error means to the caller. An unexpected error is described by its name and stack only. */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof ConfigError) {
    return {
      code: exitCodes.config,
      kind: 'config',
      message: error.format().trimEnd(),
      nextStep: nextStepOfConfig(error.problems),
      problems: error.problems,
    }
  }
  if (error instanceof ServiceError) return { code: codeOfService(error), kind: error.code, ...textOf(error) }
  if (error instanceof JournalError) return { code: codeOfJournal(error), kind: error.code, ...textOf(error) }
  if (error instanceof LeaseOverError) {
    const nextStep = 'This process was too slow to renew its claim. Nothing is lost: run the command again.'
    return { code: exitCodes.claimed, kind: 'lease-over', message: error.message, nextStep }
  }
  if (error instanceof ProviderError) {
    const code = isPassing(error) ? exitCodes.unavailable : exitCodes.needsPerson
    return { code, kind: error.code, ...textOf(error) }
  }
  return { code: exitCodes.internal, kind: 'internal', ...describeDefect(error) }
}

function nextStepOfConfig([first, ...more]: readonly ConfigProblem[]): string {
  if (first && more.length === 0 && first.message.startsWith('file not found'))
    return `Run: keyrota init ${quoteWord(first.file)}\nOr name the config you have: --config <file>, or KEYROTA_CONFIG=<file>`
  return 'Correct it, then run: keyrota check'
}

function textOf({ message, nextStep }: { message: string; nextStep: string }) {
  return { message, nextStep }
}

function codeOfService({ code }: ServiceError): number {
  if (code === 'unknown-key' || code === 'usage' || code === 'settle-too-long') return exitCodes.usage
  return exitCodes.needsPerson
}

function codeOfJournal({ code }: JournalError): number {
  if (code === 'lost-claim') return exitCodes.claimed
  return code === 'unavailable' ? exitCodes.unavailable : exitCodes.internal
}

/** The message of an unexpected error may contain a secret, so only its name and stack frames are shown. */
function describeDefect(error: unknown) {
  const kind = error instanceof Error ? error.name : typeof error
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 5)
  return {
    message: [`internal error (${kind})`, ...frames].join('\n'),
    nextStep:
      'This is a bug in Keyrota. The journal keeps the state of every rotation: run the command again.',
  }
}

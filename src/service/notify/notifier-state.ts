/** How a notifier does, as all processes of the installation share it. */
import type { DocumentId } from '../../contracts/documents.ts'
import { type ErrorCode, isPassing, ProviderError } from '../../contracts/errors.ts'
import { KIND } from './subject.ts'

export interface NotifierState {
  name: string
  failing: Failing | null
  /** Messages that were given up. */
  dropped: number
  /** When the last of them was. */
  droppedAt?: number
}

export interface Failing {
  since: number
  code: ErrorCode | 'unexpected'
  /** What happened last, and what a person can do. Contains nothing secret. */
  message: string
  nextStep: string
  tries: number
  /** It is not tried before. */
  nextAt: number
  /** The process whose own set-up is at fault, so that the pause is its alone. */
  by?: string
}

const PREFIX = 'notifier.'
const SHORTEST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 900_000
/** What only a person can correct is tried rarely. */
const SLOW_PAUSE_MS = 3_600_000

export function stateIdOf(notifier: string): DocumentId {
  return { kind: KIND, name: `${PREFIX}${notifier}` }
}

export function isStateName(name: string): boolean {
  return name.startsWith(PREFIX)
}

export function newState(name: string): NotifierState {
  return { name, failing: null, dropped: 0 }
}

/** After an attempt that failed: the pause grows, and is never shorter than the other side asked for. */
export function afterFailure(before: Failing | null, error: unknown, now: number, holder: string): Failing {
  const tries = (before?.tries ?? 0) + 1
  const { code, message, nextStep, retryAfterMs = 0, isOwnSetUp } = describe(error)
  const isSoon = isOwnSetUp || code === 'unexpected' || isPassing({ code })
  const grown = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(tries - 1, 10))
  const pauseMs = Math.max(isSoon ? grown : SLOW_PAUSE_MS, retryAfterMs)
  const failing = { since: before?.since ?? now, code, message, nextStep, tries, nextAt: now + pauseMs }
  return isOwnSetUp ? { ...failing, by: holder } : failing
}

/** Until when nothing is sent to it. What was not taken as it is waits by itself, and no other message for it. */
export function restsUntil({ failing }: Pick<NotifierState, 'failing'>, holder: string): number {
  if (failing === null) return 0
  if (failing.by !== undefined) return failing.by === holder ? failing.nextAt : 0
  return failing.code === 'invalid' ? 0 : failing.nextAt
}

/** Whether it may be tried: a time further away than any pause was written by a clock that was set since. */
export function mayTry(state: Pick<NotifierState, 'failing'>, now: number, holder: string): boolean {
  const until = restsUntil(state, holder)
  return until <= now || until > now + 2 * SLOW_PAUSE_MS
}

/** Only this message is not taken; the others may be. */
export function isAboutMessage(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'invalid' && !error.isOwnSetUp
}

/** The text of an error that is no ProviderError may hold anything. */
function describe(error: unknown): Pick<Failing, 'code' | 'message' | 'nextStep'> & {
  retryAfterMs?: number | undefined
  isOwnSetUp?: true | undefined
} {
  if (error instanceof ProviderError) return error
  const name = error instanceof Error ? error.name : typeof error
  return { code: 'unexpected', message: `unexpected ${name}`, nextStep: 'Run: keyrota notify test' }
}

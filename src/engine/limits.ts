import type { Call } from '../contracts/call.ts'
import { JournalError, LeaseOverError, ProviderError } from '../contracts/errors.ts'
import type { Failure } from '../contracts/record.ts'

/** How long past its limit a provider may take to notice the abort before it is left behind. */
const ABORT_GRACE_MS = 1_000

export interface CallLimits {
  limitMs: number
  /** Throws LeaseOverError when the lease no longer covers a request. */
  beforeSend: () => void
}

/**
 * Runs one provider verb under its time limit.
 * @throws whatever the verb throws; a verb that ignores its abort is left behind as `unavailable`, effect unknown.
 */
export async function limitCall<T>(limits: CallLimits, verb: (call: Call) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let over = false
  let grace: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over = true
      controller.abort(new Error('the call took longer than its limit'))
      grace = setTimeout(() => reject(new Overdue(limits.limitMs)), ABORT_GRACE_MS)
    }, limits.limitMs)
  })
  const beforeSend = () => {
    // A verb that was left behind may still be running: nothing of it is sent once its time is over.
    if (over) throw new Overdue(limits.limitMs)
    limits.beforeSend()
  }
  try {
    return await Promise.race([verb({ signal: controller.signal, beforeSend }), overdue])
  } finally {
    over = true
    clearTimeout(timer)
    clearTimeout(grace)
  }
}

class Overdue extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`)
  }
}

/**
 * A provider's error as the workflow takes it. What is not a ProviderError is a defect of the provider: its text is
 * not repeated, since it may hold anything, and its effect counts as unknown.
 */
export function toFailure(error: unknown, provider: string): Failure {
  if (error instanceof ProviderError) {
    return {
      code: error.code,
      message: error.message,
      nextStep: error.nextStep,
      effect: error.effect,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      ...(error.missing === undefined ? {} : { missing: error.missing }),
    }
  }
  if (error instanceof LeaseOverError || error instanceof JournalError) throw error
  const what =
    error instanceof Overdue
      ? error.message
      : `unexpected ${error instanceof Error ? error.name : typeof error}`
  return {
    code: 'unavailable',
    message: `${provider}: ${what}`,
    nextStep: 'Look at the provider; Keyrota finds out what happened before it goes on.',
    effect: 'unknown',
  }
}

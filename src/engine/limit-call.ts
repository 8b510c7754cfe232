/** One call of a provider: its time limit, and its error as the workflow takes it. */
import type { Call } from '../contracts/call.ts'
import { JournalError, LeaseOverError, ProviderError } from '../contracts/errors.ts'
import type { Failure } from '../contracts/record.ts'
import type { AtHand } from './at-hand.ts'
import type { CallCode } from './context.ts'

/** How long past its limit a provider may take to notice the abort before it is left behind. */
const ABORT_GRACE_MS = 1_000

/** Which verb of which provider is called, and for how long at most. */
export interface Limited {
  /** Its name in the config. */
  provider: string
  verb: string
  limitMs: number
}

type Limiting = Pick<AtHand, 'clock' | 'beforeSend' | 'watch'>

/**
 * Runs one provider verb under its time limit, and tells how that went.
 * @throws whatever the verb throws; a verb that ignores its abort is left behind as `unavailable`, effect unknown.
 */
export async function limitCall<T>(
  hand: Limiting,
  about: Limited,
  verb: (call: Call) => Promise<T>,
): Promise<T> {
  const { clock, watch } = hand
  const { provider, verb: name } = about
  const startedAt = clock.monotonicMs()
  const tell = (code: CallCode) =>
    watch?.called?.({ provider, verb: name, code, durationMs: clock.monotonicMs() - startedAt })
  try {
    const result = await runLimited(hand, about.limitMs, verb)
    tell('ok')
    return result
  } catch (error) {
    tell(codeOf(error))
    throw error
  }
}

function codeOf(error: unknown): CallCode {
  if (error instanceof ProviderError) return error.code
  if (error instanceof LeaseOverError) return 'not_sent'
  return error instanceof Overdue ? 'timeout' : 'unexpected'
}

async function runLimited<T>(
  { clock, beforeSend: mayStillSend }: Limiting,
  limitMs: number,
  verb: (call: Call) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let over = false
  let cancel = () => {}
  const overdue = new Promise<never>((_, reject) => {
    cancel = clock.after(limitMs, () => {
      over = true
      controller.abort(new Error('the call took longer than its limit'))
      cancel = clock.after(ABORT_GRACE_MS, () => reject(new Overdue(limitMs)))
    })
  })
  const beforeSend = () => {
    // A verb that was left behind may still be running: nothing of it is sent once its time is over.
    if (over) throw new Overdue(limitMs)
    mayStillSend()
  }
  try {
    return await Promise.race([verb({ signal: controller.signal, beforeSend }), overdue])
  } finally {
    over = true
    cancel()
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
      ...(error.fields === undefined ? {} : { fields: error.fields }),
      ...(error.made === undefined ? {} : { made: error.made }),
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

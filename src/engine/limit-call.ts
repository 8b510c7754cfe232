/** One call of a provider: its turn on the budget, its time limit, and its error as the workflow takes it. */
import type { Turn } from '../contracts/budget.ts'
import type { Call } from '../contracts/call.ts'
import { JournalError, LeaseOverError, ProviderError } from '../contracts/errors.ts'
import type { Failure } from '../contracts/record.ts'
import type { AtHand, Subject } from './at-hand.ts'
import type { CallCode } from './context.ts'

/** How long past its limit a provider may take to notice the abort before it is left behind. */
const ABORT_GRACE_MS = 1_000

/** A process whose time is over waits so long for a turn: what is under way is brought to a safe point. */
const LEAST_TURN_WAIT_MS = 1_000

/** Which verb of which provider is called, and for how long at most. */
export interface Limited {
  /** Its name in the config. */
  provider: string
  verb: string
  limitMs: number
}

/** The service refused the call because there were too many. */
interface Refusal {
  readonly retryAfterMs?: number | undefined
}

type Limiting = Pick<AtHand, 'clock' | 'beforeSend' | 'watch' | 'budget'> &
  Partial<Pick<AtHand & Subject, 'turnWaitMs' | 'runUntil' | 'now' | 'record'>>

/**
 * Runs one provider verb under its time limit, which begins when it is its turn, and tells how that went. `readRefusal`:
 * whether a result says that there were too many calls.
 * @throws whatever the verb throws; a verb that ignores its abort is left behind as `unavailable`, effect unknown.
 */
export async function limitCall<T>(
  hand: Limiting,
  about: Limited,
  verb: (call: Call) => Promise<T>,
  readRefusal: (result: T) => Refusal | undefined = () => undefined,
): Promise<T> {
  const { clock, watch, budget } = hand
  const turn = budget && (await takeTurn(hand, about))
  let requests = 0
  const beforeSend = () => {
    hand.beforeSend()
    requests += 1
  }
  const startedAt = clock.monotonicMs()
  const tell = (code: CallCode, refused?: Refusal) => {
    turn?.end({ requests, throttled: refused !== undefined, retryAfterMs: refused?.retryAfterMs })
    watch?.called?.({
      ...{ provider: about.provider, verb: about.verb, code },
      durationMs: clock.monotonicMs() - startedAt,
    })
  }
  try {
    const result = await runLimited({ clock, beforeSend }, about.limitMs, verb)
    tell('ok', readRefusal(result))
    return result
  } catch (error) {
    const isRefusal = error instanceof ProviderError && error.code === 'throttled'
    tell(codeOf(error), isRefusal ? error : undefined)
    throw error
  }
}

/** A key that leaked goes first. */
async function takeTurn(hand: Limiting, { provider, verb, limitMs }: Limited): Promise<Turn | undefined> {
  const { budget, watch, record } = hand
  const isUrgent = record?.rotation?.compromised !== undefined
  try {
    const turn = await budget?.take({ provider, verb, isUrgent, waitMs: turnWaitMsOf(hand, limitMs) })
    if (turn) watch?.waitedForTurn?.({ provider, verb, waitedMs: turn.waitedMs })
    return turn
  } catch (error) {
    watch?.called?.({ provider, verb, code: 'not_sent', durationMs: 0 })
    throw error
  }
}

/** No longer than the process itself waits: who said `--wait 5s` does not wait for minutes of turns. */
function turnWaitMsOf({ turnWaitMs, runUntil, now }: Limiting, limitMs: number): number {
  const mostMs = turnWaitMs ?? limitMs
  if (!runUntil || !now) return mostMs
  return Math.min(mostMs, Math.max(LEAST_TURN_WAIT_MS, runUntil - now()))
}

function codeOf(error: unknown): CallCode {
  if (error instanceof ProviderError) return error.code
  if (error instanceof LeaseOverError) return 'not_sent'
  return error instanceof Overdue ? 'timeout' : 'unexpected'
}

async function runLimited<T>(
  { clock, beforeSend: mayStillSend }: Pick<Limiting, 'clock' | 'beforeSend'>,
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

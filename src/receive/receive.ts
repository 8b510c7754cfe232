/**
 * Judges one report and answers it. The answer is the same whether or not a value in it is one of ours, and is given
 * before anybody looks: what was taken is worked off afterwards.
 */
import { JournalError } from '../contracts/errors.ts'
import type { Opened } from '../contracts/receiver.ts'
import { limitCall } from '../engine/limit-call.ts'
import type { Context } from '../service/context.ts'
import { Intake } from '../service/reports/take-report.ts'
import { Allowance } from './allowance.ts'

const OPEN_LIMIT_MS = 9_000
/** Of one receiver. */
const RATE = { burst: 100, perSecond: 5 }

/** What came of a request: a constant. */
export type Result =
  | 'taken'
  | 'known'
  | 'other'
  | 'refused'
  | 'unreadable'
  | 'limited'
  | 'busy'
  | 'unavailable'
  | 'failed'

export interface Answer {
  status: 202 | 400 | 401 | 404 | 429 | 500 | 503
  says: string
  /** Seconds. */
  retryAfter?: number
}

const ANSWERS: Readonly<Record<Result, Answer>> = {
  taken: { status: 202, says: 'received' },
  known: { status: 202, says: 'received' },
  other: { status: 202, says: 'received' },
  refused: { status: 401, says: 'refused' },
  unreadable: { status: 400, says: 'not in a form that this receiver reads' },
  limited: { status: 429, says: 'too many reports', retryAfter: 5 },
  busy: { status: 503, says: 'too many reports wait', retryAfter: 60 },
  unavailable: { status: 503, says: 'try again', retryAfter: 30 },
  failed: { status: 500, says: 'this cannot be taken now' },
}

export interface Heard {
  receiver: string
  result: Result
  /** For people; a constant. */
  why?: string
}

export interface ReceiveAbout {
  /** By the config as it is now. */
  context(): Context
  /** Something was taken and can be worked off. */
  taken(): void
  heard(heard: Heard): void
  failed(receiver: string, error: unknown): void
}

export class Reception {
  readonly #about: ReceiveAbout
  readonly #intake = new Intake()
  readonly #allowances = new Map<string, Allowance>()

  constructor(about: ReceiveAbout) {
    this.#about = about
  }

  has(receiver: string): boolean {
    return this.#about.context().receivers?.names.includes(receiver) ?? false
  }

  /** Wipes the body in the end. */
  async answer(receiver: string, headers: Record<string, string>, body: Buffer): Promise<Answer> {
    let heard: Heard = { receiver, result: 'failed' }
    try {
      heard = { receiver, ...(await this.#receive(receiver, headers, body)) }
    } catch (error) {
      heard = { receiver, result: error instanceof JournalError ? 'unavailable' : 'failed' }
      this.#about.failed(receiver, error)
    } finally {
      body.fill(0)
    }
    this.#about.heard(heard)
    return ANSWERS[heard.result]
  }

  /** Has what was taken worked off, once the answer is on its way. */
  answered(): void {
    this.#about.taken()
  }

  async #receive(
    receiver: string,
    headers: Record<string, string>,
    body: Buffer,
  ): Promise<Omit<Heard, 'receiver'>> {
    const context = this.#about.context()
    const { clock, receivers } = context
    if (!receivers) return { result: 'failed' }
    const provider = await receivers.get(receiver)
    const at = clock.wallMs()
    const about = { provider: receiver, verb: 'open', limitMs: OPEN_LIMIT_MS }
    const opened = await limitCall({ ...context, beforeSend: () => {} }, about, (call) =>
      provider.open({ headers, body, at }, call),
    )
    if (opened.is !== 'report') return resultOf(opened)
    // Only who may send uses the allowance up.
    if (!this.#allowanceOf(receiver, clock.monotonicMs()).take(clock.monotonicMs()))
      return { result: 'limited', why: 'more reports than are taken in this time' }
    const { policy } = provider
    return { result: await this.#intake.take(context, { receiver, body, at, policy }, opened) }
  }

  #allowanceOf(receiver: string, now: number): Allowance {
    const known = this.#allowances.get(receiver) ?? new Allowance(RATE, now)
    this.#allowances.set(receiver, known)
    return known
  }
}

function resultOf(opened: Exclude<Opened, { is: 'report' }>): Omit<Heard, 'receiver'> {
  if (opened.is === 'other') return { result: 'other' }
  if (opened.is === 'later') return { result: 'unavailable', why: opened.why }
  return { result: opened.is, why: opened.why }
}

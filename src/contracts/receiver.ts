/* The contract of a receiver, which reads what a scanner of secrets sends when it has found one. */

import type { Call } from './call.ts'
import type { SecretValue } from './secret-value.ts'

/** One request as it came in. */
export interface Received {
  /** Names in lower case; values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** Wiped by the caller once it is over. */
  readonly body: Buffer
  /** Milliseconds since 1970, by the clock of this machine. */
  readonly at: number
}

/** One leak as the sender tells it. */
export interface Reported {
  /** What was found, in whatever form; hashed and wiped by the caller. */
  readonly texts: readonly Buffer[]
  /** The sender does not send the value but its hash, as {@link LeakReceiver.hashValue} makes it. */
  readonly hash?: string
  /** Where the value itself can be asked for, as {@link LeakReceiver.fetchTexts} takes it. No value. */
  readonly place?: string
  /** Where it was found, for people. Whatever the sender says: nothing of it is believed. */
  readonly url?: string
  readonly source?: string
  readonly reporter?: string
}

/** What a request comes to. `why` is a constant. */
export type Opened =
  | { is: 'report'; leaks: readonly Reported[] }
  /** Sent by whom it says, and about no leak. */
  | { is: 'other' }
  /** Whoever sent it does not show that it may. */
  | { is: 'refused'; why: string }
  /** Sent by whom it says, in a form that is not known. */
  | { is: 'unreadable'; why: string }
  /** It cannot be judged now; the sender is to try again. */
  | { is: 'later'; why: string }

/** What happens when a managed key is reported leaked. */
export interface ReportPolicy {
  /** `tell` people; `ask` them, as an alarm with the command; `rotate` at once. */
  readonly does: 'tell' | 'ask' | 'rotate'
  /** With `rotate`: the leaked key is revoked this long after the report, even if it is still in use. */
  readonly killAfterMs?: number
  /** Rotations that this receiver may start within 24 hours; what is beyond them is asked. */
  readonly rotationsPerDay: number
}

export interface LeakReceiver {
  readonly policy: ReportPolicy
  /** Judges who sent it, then reads it. It knows no managed key, so its work does not depend on any. */
  open(received: Received, call: Call): Promise<Opened>
  /** The hash of a value as this sender makes it, where it sends hashes. */
  hashValue?(value: SecretValue): Promise<string>
  /** Asks for what was found at `place`. Throws ProviderError; `not_found`: it is gone. */
  fetchTexts?(place: string, call: Call): Promise<readonly Buffer[]>
  close?(): Promise<void>
}

/* The contract of a meter: something that tells how much the keys of an installation are used. */
import type { Call } from './call.ts'

/** What a series counts. `requests` unless the meter says otherwise. */
export type UsageUnit = 'requests' | 'credits'

/** What a meter may tell of where a use came from; values are short words for people, never a key. */
export type UsageTrait = 'consumer' | 'address' | 'agent' | 'path'

/** A managed key, and what its keys are called at the issuer and in metrics: the one in use, and earlier ones. */
export interface MeterSubject {
  readonly key: string
  readonly keys: readonly { readonly fingerprint: string; readonly id?: string; readonly name?: string }[]
}

export interface MeterRequest {
  readonly subjects: readonly MeterSubject[]
  /** Milliseconds since 1970; both are multiples of `slotMs`. */
  readonly from: number
  readonly to: number
  readonly slotMs: number
}

/** One number of a meter. */
export interface Measured {
  /** The managed key. */
  readonly key: string
  /** Which of its keys; absent: the meter does not tell. */
  readonly fingerprint?: string
  readonly unit: UsageUnit
  /** The end of the time it covers, or when the counter stood there. */
  readonly at: number
  /** The beginning of that time; absent for a counter. */
  readonly from?: number
  /** At least 0. */
  readonly amount: number
  /** A counter that only grows, until it begins again. */
  readonly isTotal?: true
  /** It says that the key was used at `at`, and not how often. */
  readonly isLastUse?: true
  readonly by?: Readonly<Partial<Record<UsageTrait, string>>>
}

/** What a meter answered. A time without a number is not known: it is never taken for no use. */
export interface MeterReading {
  readonly measured: readonly Measured[]
  /**
   * Until when the answer is complete; what is later is asked for again. `each`: each key up to its own latest number, as
   * in a file that somebody else is still writing.
   */
  readonly completeTo: number | 'each'
  /** Lines or series that could not be used, for people; bounded, and without any value. */
  readonly notes: readonly string[]
}

export interface Meter {
  /** How often it is read. Milliseconds. */
  readonly everyMs: number
  /** How far back it can be read at first. Milliseconds. */
  readonly historyMs: number
  /** Reads and changes nothing. @throws ProviderError */
  read(request: MeterRequest, call: Call): Promise<MeterReading>
  close?(): Promise<void>
}

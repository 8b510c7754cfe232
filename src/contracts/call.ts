import type { Ambient } from './clock.ts'

/** What every provider verb is given beside its arguments. */
export interface Call {
  /** Aborts when the call's limit is reached or the process stops; the caller gets its result at once. */
  readonly signal: AbortSignal
  /** To be called right before each single request; throws LeaseOverError when the lease is over. */
  readonly beforeSend: () => void
}

/** What a provider is made with, beside its own options. */
export interface ProviderContext {
  /** The name it has in the config; part of its errors. */
  readonly name: string
  /** Keyrota's own folder on this machine (mode 0700), for the one provider that keeps something there. */
  readonly stateFolder: string
}

/** What the composition hands every provider: time and chance too, for those whose runs a test has to repeat. */
export interface TimedContext extends ProviderContext, Ambient {}

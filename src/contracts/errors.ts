/*
 * The errors that providers and journals throw on purpose. The workflow decides by `code` and `effect`; people read
 * `message` and `nextStep`.
 */

import type { KeyRef } from './key-issuer.ts'

/**
 * Why a provider call failed. `unavailable` covers timeouts, 5xx, refused connections, and a sealed or stopped service.
 * Never map one code to another: the workflow treats each of them differently.
 */
export type ErrorCode =
  | 'not_found'
  | 'denied'
  | 'conflict'
  | 'throttled'
  | 'unavailable'
  | 'invalid'
  | 'quota'

/** `none`: the call certainly changed nothing. `unknown`: it may have taken effect. */
export type Effect = 'none' | 'unknown'

/** With `not_found`, what is missing: the secret itself, one of our fields in it, or the requested version. */
export type Missing = 'secret' | 'field' | 'version'

/** Whether waiting may cure it: the other side was busy or away. Anything else needs a person or another decision. */
export function isPassing({ code }: { code: ErrorCode }): boolean {
  return code === 'unavailable' || code === 'throttled'
}

export interface ProviderErrorDetails {
  code: ErrorCode
  /** The configured name of the provider, e.g. `aws`. The error prefixes the message with it. */
  provider: string
  /** What happened. Never contains a key value or the response body. */
  message: string
  effect: Effect
  /** What a person should do next: one or more sentences. */
  nextStep: string
  retryAfterMs?: number | undefined
  missing?: Missing | undefined
  /** With a missing field: the names of the fields that the secret has. */
  fields?: readonly string[] | undefined
  /** What is wrong is in what this process was started with, such as a variable: another process may have it right. */
  isOwnSetUp?: true | undefined
  /** A creation that was answered: the key that was made, where the answer named it. */
  made?: KeyRef | undefined
  cause?: unknown
}

/** The only error that a provider throws on purpose. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly code: ErrorCode
  readonly provider: string
  readonly effect: Effect
  readonly nextStep: string
  readonly retryAfterMs?: number | undefined
  readonly missing?: Missing | undefined
  readonly fields?: readonly string[] | undefined
  readonly isOwnSetUp?: true | undefined
  readonly made?: KeyRef | undefined

  constructor(details: ProviderErrorDetails) {
    super(
      `${details.provider}: ${details.message}`,
      details.cause === undefined ? {} : { cause: details.cause },
    )
    this.code = details.code
    this.provider = details.provider
    this.effect = details.effect
    this.nextStep = details.nextStep
    this.retryAfterMs = details.retryAfterMs
    this.missing = details.missing
    this.fields = details.fields
    this.isOwnSetUp = details.isOwnSetUp
    this.made = details.made
  }
}

/** Why the journal failed. `lost-claim`: another process has claimed the key; nothing was committed. */
export type JournalErrorCode = 'lost-claim' | 'unavailable' | 'newer-schema' | 'corrupt'

/** The only error that a journal throws on purpose. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly code: JournalErrorCode
  readonly nextStep: string

  constructor(code: JournalErrorCode, message: string, nextStep: string, cause?: unknown) {
    super(`journal: ${message}`, cause === undefined ? {} : { cause })
    this.code = code
    this.nextStep = nextStep
  }
}

/** Thrown by `beforeSend` if the lease no longer covers the request. Nothing was sent. */
export class LeaseOverError extends Error {
  override readonly name = 'LeaseOverError'
  constructor() {
    super('the lease no longer covers this request; it was not sent')
  }
}

/**
 * Whether a creation was answered by something that does not fit the config: a key exists, and a repeat would make
 * another one in vain.
 */
export function isMisfit(failure: { code: ErrorCode; effect: Effect }): boolean {
  return failure.code === 'invalid' && failure.effect === 'unknown'
}

/** A verb was asked for something that does not exist or makes no sense now; `usage`: that cannot be meant at all. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: 'unknown-key' | 'usage' | 'nothing-to-do' | 'refused' | 'settle-too-long'
  readonly nextStep: string

  constructor(code: ServiceError['code'], message: string, nextStep: string) {
    super(message)
    this.code = code
    this.nextStep = nextStep
  }
}

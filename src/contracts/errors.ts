/**
 * Why a provider could not do what it was asked. Absent, denied, throttled, conflicting and "we do not know"
 * are different answers; `unavailable` covers timeouts, 5xx, refused connections and a sealed or stopped service.
 */
export type ErrorCode =
  | 'not_found'
  | 'denied'
  | 'conflict'
  | 'throttled'
  | 'unavailable'
  | 'invalid'
  | 'quota'

/** `none`: nothing happened at the other side, for certain. `unknown`: the call may have taken effect. */
export type Effect = 'none' | 'unknown'

/** What exactly is absent: the secret itself, our fields in it, or the version asked for. */
export type Missing = 'secret' | 'field' | 'version'

export interface ProviderErrorDetails {
  code: ErrorCode
  /** The configured name of the provider, e.g. `aws`; it stands once, in front of the message. */
  provider: string
  /** What happened, without any value and without the other side's body. */
  message: string
  effect: Effect
  /** What a person should do next, as a sentence. */
  nextStep: string
  retryAfterMs?: number | undefined
  missing?: Missing | undefined
  cause?: unknown
}

/** The only error a provider's verb throws on purpose. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly code: ErrorCode
  readonly provider: string
  readonly effect: Effect
  readonly nextStep: string
  readonly retryAfterMs?: number | undefined
  readonly missing?: Missing | undefined

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
  }
}

/** The journal refused or failed; `lost-claim`: somebody else drives the key now, nothing was committed. */
export type JournalErrorCode = 'lost-claim' | 'unavailable' | 'newer-schema' | 'corrupt'

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

/** Thrown by `beforeSend` when the lease no longer covers a request: nothing was sent. */
export class LeaseOverError extends Error {
  override readonly name = 'LeaseOverError'
  constructor() {
    super('the lease no longer covers this request; it was not sent')
  }
}

/** A verb was asked for something that does not exist or makes no sense now. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: 'unknown-key' | 'nothing-to-do' | 'refused' | 'settle-too-long'
  readonly nextStep: string

  constructor(code: ServiceError['code'], message: string, nextStep: string) {
    super(message)
    this.code = code
    this.nextStep = nextStep
  }
}

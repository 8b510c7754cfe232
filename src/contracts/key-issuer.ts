/* The contract of a key issuer: the service that creates, probes and revokes keys. */

import type { Call } from './call.ts'
import type { Material } from './secret-value.ts'

/** What a probe shows about a key. `unknown` is never treated as `rejected`. */
export type Verdict = 'accepted' | 'rejected' | 'unknown'

export interface ProbeAnswer {
  verdict: Verdict
  /** The HTTP status behind the verdict, if there was a response. */
  status?: number
  /** The reason for the verdict, without any key value, e.g. `timeout`, `path /v1/x returned 503`. */
  why?: string
  retryAfterMs?: number
  /** The service's clock, as its response names it (`Date`): a second opinion about ours. Milliseconds since 1970. */
  dateMs?: number
  /** The service did real work for the probe, so it may have been billed. */
  mayHaveBilled?: boolean
}

/** A key as listed by the issuer. */
export interface KeyRef {
  id: string
  name?: string
  /** Milliseconds since 1970. */
  createdAt?: number
  expiresAt?: number
  disabled?: boolean
}

/** A key to act on, identified by its id or, if the issuer revokes by value, by its material. */
export interface HeldKey {
  ref?: KeyRef
  material?: Material
}

export interface IssueRequest {
  /** `keyrota-<key>-<mark>`. An issuer may shorten it to fit its naming rules but must keep the mark readable. */
  name: string
  mark: string
  /** Ids of the keys that were live before the rotation. */
  seen: readonly string[]
  current?: HeldKey
  expiresAt?: number
  scopes?: readonly string[]
}

/**
 * How to recover from a creation whose response was lost: `repeat` it (idempotent), `find` the key by its mark, `infer`
 * it (live now, but not before the rotation), or `stop` for a person to look.
 */
export type OnLostAnswer = 'repeat' | 'find' | 'infer' | 'stop'

export interface IssuerTraits {
  /** Names of the parts of a key, usually `['value']`. */
  parts: readonly string[]
  /**
   * The settle time: how long the issuer may still reject a new key, or accept a revoked one. Until it has passed, such
   * a response proves nothing. Milliseconds.
   */
  settleMs: number
}

export interface ApiIssuerTraits extends IssuerTraits {
  onLostAnswer: OnLostAnswer
  /** With `infer`: nothing else creates keys in this account. */
  exclusive?: boolean
  oldKeyOnIssue: 'lives' | 'dies' | { diesAfterMs: number }
  /** How long a new key may be missing from the list, in milliseconds. */
  listDelayMs: number
  maxLiveKeys?: number
  /** Revokes by value, so it can also revoke a key whose id is unknown. */
  revokesByValue?: boolean
}

interface IssuerBase {
  /** Sends one harmless request with the key. A response from the service becomes a verdict, never an error. */
  probe(material: Material, call: Call): Promise<ProbeAnswer>
  /**
   * Returns the key with this value.
   * @throws ProviderError `not_found` if the issuer does not know it.
   */
  identify?(material: Material, call: Call): Promise<KeyRef>
  /** Returns a well-formed value that cannot be a valid key, for the negative control. Without it, a default is used. */
  garbage?(): Material
  close?(): Promise<void>
}

/** An issuer with an API for keys. */
export interface ApiIssuer extends IssuerBase {
  /**
   * `many`: keys are created and revoked independently; `slots`: a fixed number of keys; `roll`: a new key replaces the
   * old one in place; `self`: Keyrota makes the value and the service accepts several.
   */
  readonly lifecycle: 'many' | 'slots' | 'roll' | 'self'
  readonly traits: ApiIssuerTraits
  /** Creates a key. */
  issue(request: IssueRequest, call: Call): Promise<{ ref: KeyRef; material: Material }>
  /** Returns the live keys that carry the mark. An empty result is final only after the quiet time and `listDelayMs`. */
  find(request: { name: string; mark: string; seen: readonly string[] }, call: Call): Promise<KeyRef[]>
  /** Returns every live key of the account. */
  list(call: Call): Promise<KeyRef[]>
  /**
   * Revokes the key for good.
   * @throws ProviderError `not_found` if the issuer does not know it.
   */
  revoke(key: HeldKey, call: Call): Promise<void>
  /** Switches the key off until `enable`. An issuer has both methods or neither. */
  disable?(key: HeldKey, call: Call): Promise<void>
  enable?(key: HeldKey, call: Call): Promise<void>
  /** Returns the time of the key's last use, in milliseconds since 1970. */
  lastUsed?(ref: KeyRef, call: Call): Promise<number | 'never' | 'not-reported'>
}

/** What a person has to do at the issuer's dashboard. */
export interface OperatorTask {
  title: string
  url: string
  /** Short imperative lines, in order. */
  steps: readonly string[]
  /** What no probe can show, so the person has to verify it, e.g. the account. */
  confirm: readonly string[]
}

/** An issuer without an API for keys: a person creates and revokes them. */
export interface OperatorIssuer extends IssuerBase {
  readonly lifecycle: 'operator'
  readonly traits: IssuerTraits
  task(kind: 'create' | 'revoke', about: { name: string; currentName?: string }): OperatorTask
}

export type KeyIssuer = ApiIssuer | OperatorIssuer

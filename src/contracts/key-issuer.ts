/* The contract of a key issuer: the service that creates, probes and revokes keys. */

import type { Call } from './call.ts'
import type { Measured } from './meter.ts'
import type { Material } from './secret-value.ts'

/** What a probe shows about a key. `unknown` is never treated as `rejected`. */
export type Verdict = 'accepted' | 'rejected' | 'unknown'

export interface ProbeAnswer {
  verdict: Verdict
  /** The HTTP status behind the verdict, if there was a response. */
  status?: number
  /** The reason for the verdict, without any key value, e.g. `timeout`, `path /v1/x returned 503`. */
  why?: string
  /** What would have been a verdict, for people, e.g. `422 (accepted) or 401 (rejected)`. */
  expected?: string
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
  /** Fingerprint of the whole key, where the list shows its value or a hash of it. */
  fingerprint?: string
}

/** A key to act on, identified by its id or, if the issuer revokes by value, by its material. */
export interface HeldKey {
  ref?: KeyRef
  material?: Material
  /** Fingerprint of the key, even where nothing holds its value any more. */
  fingerprint?: string
}

export interface IssueRequest {
  /** `keyrota-<key>-<mark>`. An issuer may shorten it to fit its naming rules but must keep the mark readable. */
  name: string
  mark: string
  /** Keys that were live before the rotation, to be asked about with `wasSeen` (listing.ts). */
  seen: readonly string[]
  /** The key in use. `slots`: its `ref` names the place that must not be touched. */
  current?: HeldKey
  expiresAt?: number
  scopes?: readonly string[]
}

/**
 * How to recover from a creation whose response was lost: `repeat` it (idempotent), `find` the key by its mark, `infer`
 * it (live now, but not before the rotation), `read-back` its value (`readBack`), or `stop` for a person to look.
 */
export type OnLostAnswer = 'repeat' | 'find' | 'infer' | 'read-back' | 'stop'

export interface IssuerTraits {
  /** Names of the parts of a key, usually `['value']`. */
  parts: readonly string[]
  /** Parts that are not secret and may appear in ids, names and errors, e.g. an account id. */
  publicParts?: readonly string[]
  /**
   * The settle time: how long the issuer may still reject a new key, or accept a revoked one. Until it has passed, such
   * a response proves nothing. Milliseconds.
   */
  settleMs: number
  /** How long the issuer may still accept a revoked key, if that is not `settleMs`. Milliseconds. */
  revokeSettleMs?: number
}

export interface ApiIssuerTraits extends IssuerTraits {
  onLostAnswer: OnLostAnswer
  /** With `infer`: nothing else creates keys in this account. */
  exclusive?: boolean
  /**
   * What creating a key does to the old one. Of a `roll`, `lives` means until its overlap is ended or the next roll, and
   * `diesAfterMs` that it dies that long after the roll unless its overlap is ended earlier.
   */
  oldKeyOnIssue: 'lives' | 'dies' | { diesAfterMs: number }
  /** `false`: there is no list; `list` and `find` throw `invalid`, effect none, and absence proves nothing. */
  lists?: false
  /** How long a new key may be missing from the list, in milliseconds. */
  listDelayMs: number
  maxLiveKeys?: number
  /** Revokes by value, so it can also revoke a key whose id is unknown. */
  revokesByValue?: boolean
}

export interface OperatorIssuerTraits extends IssuerTraits {
  /** With `revoke`: the value alone is enough, so that a key of unknown id can be revoked too. */
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
  /**
   * Returns what the service says of the use of its keys in this time, all keys of the account at once; times are
   * milliseconds since 1970. A key that it does not name was not told of, which is not the same as unused.
   */
  uses?(period: { from: number; to: number }, call: Call): Promise<readonly KeyUse[]>
  /** Returns a well-formed value that cannot be a valid key, for the negative control. Without it, a default is used. */
  garbage?(): Material
  /** The service counts failures: a garbage key that it refused is not sent again for this long. Milliseconds. */
  readonly garbageEveryMs?: number
  close?(): Promise<void>
}

/** One number about the use of a key, by its id at the issuer. */
export type KeyUse = Omit<Measured, 'key' | 'fingerprint'> & { readonly id: string }

/** An issuer with an API for keys. */
export interface ApiIssuer extends IssuerBase {
  /**
   * `many`: keys are created and revoked independently; `slots`: two fixed places, and creating a key regenerates the
   * one that is not in use; `roll`: a new key replaces the old one in place; `self`: Keyrota makes the value and the
   * service accepts several. What each verb means for each of them: `lifecycle.ts`.
   */
  readonly lifecycle: 'many' | 'slots' | 'roll' | 'self'
  readonly traits: ApiIssuerTraits
  /**
   * Creates a key.
   * @throws ProviderError `invalid` with effect `unknown`: a key was made, and the answer does not fit the config. A
   * repeat would make the same mistake again; `made` names the key where the answer told it.
   */
  issue(request: IssueRequest, call: Call): Promise<{ ref: KeyRef; material: Material }>
  /** Returns the live keys that carry the mark. An empty result is final only after the quiet time and `listDelayMs`. */
  find(request: { name: string; mark: string; seen: readonly string[] }, call: Call): Promise<KeyRef[]>
  /** Returns every live key of the account. */
  list(call: Call): Promise<KeyRef[]>
  /**
   * Revokes exactly this key for good, never the one that took its place.
   * @throws ProviderError `not_found` if the issuer does not know it; `invalid`, effect none, if it has no such verb.
   */
  revoke(key: HeldKey, call: Call): Promise<void>
  /**
   * `roll`: ends every earlier key of this one before its time, and never the one that is current at the service. That
   * there is none left is a success or `not_found`.
   */
  endOverlap?(call: Call): Promise<void>
  /**
   * Returns the key that is at the service now: of a `roll` the current one. After a creation whose answer was lost, the
   * old fingerprint means that nothing was made (once the quiet time is over), any other that this is the new key.
   */
  readBack?(call: Call): Promise<{ ref: KeyRef; material: Material }>
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

/** An issuer whose keys a person creates. A person revokes them too, unless the API can. */
export interface OperatorIssuer extends IssuerBase {
  readonly lifecycle: 'operator'
  readonly traits: OperatorIssuerTraits
  /** Revokes exactly this key for good, as an ApiIssuer does. Without it, a person is asked. */
  revoke?(key: HeldKey, call: Call): Promise<void>
  task(kind: 'create' | 'revoke', about: { name: string; currentName?: string }): OperatorTask
}

export type KeyIssuer = ApiIssuer | OperatorIssuer

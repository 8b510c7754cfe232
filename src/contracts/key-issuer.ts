import type { Call } from './call.ts'
import type { Material } from './secret-value.ts'

export type Verdict = 'accepted' | 'rejected' | 'unknown'

export interface ProbeAnswer {
  verdict: Verdict
  /** The HTTP status behind the verdict, when there was one. */
  status?: number
  /** Why the verdict is what it is, without any value, e.g. `timeout`, `path /v1/x answered 503`. */
  why?: string
  retryAfterMs?: number
  /** The service did real work for the probe: something may have been billed. */
  mayHaveBilled?: boolean
}

/** A key as the issuer's list shows it. */
export interface KeyRef {
  id: string
  name?: string
  /** Milliseconds since 1970. */
  createdAt?: number
  expiresAt?: number
  disabled?: boolean
}

/** A key to act on: by its id, or, where the issuer revokes by value, by its material. */
export interface HeldKey {
  ref?: KeyRef
  material?: Material
}

export interface IssueRequest {
  /** `keyrota-<key>-<mark>`, for the issuer's grammar to shorten; it must keep the mark readable. */
  name: string
  mark: string
  /** Ids that were live when the rotation was prepared. */
  seen: readonly string[]
  current?: HeldKey
  expiresAt?: number
  scopes?: readonly string[]
}

/**
 * How a creation whose answer was lost is settled: `repeat` (idempotent), `find` (by the mark),
 * `infer` (what is live now and was not in preflight), `stop` (a person looks).
 */
export type OnLostAnswer = 'repeat' | 'find' | 'infer' | 'stop'

export interface IssuerTraits {
  /** Names of the parts of a key, usually `['value']`. */
  parts: readonly string[]
  /** How long a new key may still be refused, and a revoked one still be accepted, before that is a verdict. */
  settleMs: number
}

export interface ApiIssuerTraits extends IssuerTraits {
  onLostAnswer: OnLostAnswer
  /** With `infer`: nobody else makes keys at this account. */
  exclusive?: boolean
  oldKeyOnIssue: 'lives' | 'dies' | { diesAfterMs: number }
  /** How late a key may show in the list. */
  listDelayMs: number
  maxLiveKeys?: number
  /** Revokes by value, so a key of unknown id can be revoked too. */
  revokesByValue?: boolean
}

interface IssuerBase {
  /** One harmless request with the key. Never throws for an answer of the service: that is a verdict. */
  probe(material: Material, call: Call): Promise<ProbeAnswer>
  /** The id of the key with this value; throws ProviderError not_found when the issuer does not know it. */
  identify?(material: Material, call: Call): Promise<KeyRef>
  /** A value of the right shape that cannot be a key, for the negative control; a default is used without it. */
  garbage?(): Material
  close?(): Promise<void>
}

export interface ApiIssuer extends IssuerBase {
  readonly lifecycle: 'many' | 'slots' | 'roll' | 'self'
  readonly traits: ApiIssuerTraits
  issue(request: IssueRequest, call: Call): Promise<{ ref: KeyRef; material: Material }>
  /** Live keys that carry the mark; an empty answer is final only after the quiet time and `listDelayMs`. */
  find(request: { name: string; mark: string; seen: readonly string[] }, call: Call): Promise<KeyRef[]>
  list(call: Call): Promise<KeyRef[]>
  /** Final. Throws not_found when the issuer does not know the key. */
  revoke(key: HeldKey, call: Call): Promise<void>
  /** Can be undone by `enable`; both or neither. */
  disable?(key: HeldKey, call: Call): Promise<void>
  enable?(key: HeldKey, call: Call): Promise<void>
  /** Milliseconds since 1970 of the key's last use. */
  lastUsed?(ref: KeyRef, call: Call): Promise<number | 'never' | 'not-told'>
}

/** What a person is asked to do at the issuer's dashboard. */
export interface OperatorTask {
  title: string
  url: string
  /** Short imperative lines, in order. */
  steps: readonly string[]
  /** What no probe can tell and the person therefore confirms, e.g. the account. */
  confirm: readonly string[]
}

export interface OperatorIssuer extends IssuerBase {
  readonly lifecycle: 'operator'
  readonly traits: IssuerTraits
  task(kind: 'create' | 'revoke', about: { name: string; currentName?: string }): OperatorTask
}

export type KeyIssuer = ApiIssuer | OperatorIssuer

import type { Acceptance } from './acceptance.ts'
import type { KeyRef } from './key-issuer.ts'

/** One key that a rotation created, or meant to create; three at most. */
export interface Attempt {
  mark: string
  name: string
  /**
   * `intended` the call is open; `issued` its value is held or in a target; `lost` the answer never came;
   * `orphan` live, and nobody holds its value; `absent` it was never created; `revoked` gone; `closed` a supplied value
   * refused, or replaced by the next attempt; `kept` not used, and the issuer's current key all the same.
   */
  state: 'intended' | 'issued' | 'lost' | 'orphan' | 'absent' | 'revoked' | 'closed' | 'kept'
  at: number
  ref?: KeyRef
  fingerprint?: string
  accepted?: Acceptance
  expiresAt?: number
  /** Until when a call without an answer may still take effect. */
  landsBy: number
  why?: string
  /** Persons through whose hands the value went. */
  seenBy?: string[]
  /** Its creation was answered by something that does not fit the config: another one would be made in vain. */
  misfit?: true
  /** The issuer's list showed it. */
  isListed?: true
}

/** The end of one key, from its intent until the issuer was seen to refuse it. */
export interface Revocation {
  /** `handed-over`: others still use the key, so it is not ended here. */
  state: 'none' | 'disabled' | 'intended' | 'answered' | 'seen-refused' | 'not-revoked' | 'handed-over'
  intendedAt?: number
  answeredAt?: number
  landsBy: number
  tries: number
  nextTryAt: number
  why?: string
}

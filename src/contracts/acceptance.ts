/**
 * When the issuer was last seen to accept a key. Only such a key can be found dead: a value that was never accepted may
 * be a reference, an encrypted text or a slip, and the key that is in use lives on.
 */
export interface Acceptance {
  /** Milliseconds since 1970. */
  at: number
  /** `probe`: it was accepted beside a garbage key that was rejected; `identify`: the issuer named the key of this value. */
  by: 'probe' | 'identify'
  /** What was returned for the key and for the garbage key, e.g. `accepted (200)` and `rejected (401)`. */
  controls?: { key: string; garbage: string }
}

/** What can go wrong at an issuer in memory. */
import type { CommonFault } from '../../shared/memory/imagined-service.ts'

/** What an issuer can be asked. */
export type Verb =
  | 'issue'
  | 'find'
  | 'list'
  | 'revoke'
  | 'endOverlap'
  | 'readBack'
  | 'disable'
  | 'enable'
  | 'probe'
  | 'identify'
  | 'lastUsed'

/** What can go wrong at an issuer in memory; a refused probe returns `unknown` with the status of the code. */
export type Fault =
  | CommonFault<Verb>
  /** The next key shows in list and find only this much later. */
  | { kind: 'list-late'; ms: number }
  /** The next key is refused for this long. */
  | { kind: 'activate-late'; ms: number }
  /** The next key is accepted this many times, then never again. */
  | { kind: 'die-early'; afterProbes: number }
  /** A revoked key leaves the list at once and is accepted for this much longer. */
  | { kind: 'revoke-late'; ms: number }
  /** A revoked key leaves the list and is accepted as before. */
  | { kind: 'revoke-lies' }
  | { kind: 'accept-anything' }
  | { kind: 'reject-all' }

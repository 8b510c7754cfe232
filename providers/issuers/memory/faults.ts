import type { ErrorCode } from '../../../src/contracts/errors.ts'

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

/** What can go wrong at a memory space. Those with a `verb` hit that verb, or with `any` every one. */
export type Fault =
  /** Refused for certain, nothing happened; a probe answers `unknown` with the status of this code. */
  | { kind: 'refuse'; verb: Verb | 'any'; code: ErrorCode; retryAfterMs?: number }
  /** The effect happens, the answer never comes. */
  | { kind: 'lose-answer'; verb: Verb | 'any' }
  /** The answer never comes and the effect happens this much later. */
  | { kind: 'land-late'; verb: Verb | 'any'; ms: number }
  /** Never answers; ends when the caller aborts. Nothing happens at the other side. */
  | { kind: 'hang'; verb: Verb | 'any' }
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

export type FaultKind = Fault['kind']

/** Whether a fault hits this verb; those without a verb belong to the one the caller asks for. */
export function hits(fault: Fault, verb: Verb): boolean {
  return !('verb' in fault) || fault.verb === 'any' || fault.verb === verb
}

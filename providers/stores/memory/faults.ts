import type { ErrorCode } from '../../../src/contracts/errors.ts'

/** What a store can be asked. */
export type Verb = 'check' | 'read' | 'write' | 'retire'

/** Which requests a fault hits: those of one verb or of any, for one secret or for all. */
interface Aim {
  verb: Verb | 'any'
  secret?: string
}

/** What can go wrong at a memory space. */
export type Fault =
  /** Refused for certain, nothing happened. */
  | ({ kind: 'refuse'; code: ErrorCode; retryAfterMs?: number } & Aim)
  /** A change happens, its answer never comes. Reads are not hit. */
  | ({ kind: 'lose-answer' } & Aim)
  /** The answer of a change never comes and the change happens this much later, if its version still holds then. */
  | ({ kind: 'land-late'; ms: number } & Aim)
  /** Never answers; ends when the caller aborts. Nothing happens at the other side. */
  | ({ kind: 'hang' } & Aim)
  /** `current` is answered with the version before the last, to a caller that does not name a version. */
  | ({ kind: 'stale-read' } & Aim)
  /** Somebody else sets these fields (or the whole value) right before the next change. */
  | ({ kind: 'foreign-write'; content: Readonly<Record<string, string>> | string } & Aim)

export type FaultKind = Fault['kind']

/** Whether a fault hits a request of this verb for this secret. */
export function hits(fault: Fault, verb: Verb, secret: string): boolean {
  return (
    (fault.verb === 'any' || fault.verb === verb) && (fault.secret === undefined || fault.secret === secret)
  )
}

/** What can go wrong at a store in memory. */
import type { CommonFault } from '../../shared/memory/imagined-service.ts'

/** What a store can be asked. */
export type Verb = 'check' | 'read' | 'write' | 'retire'

/** What can go wrong at a store in memory, with one secret or with all. Lost and late responses hit changes only. */
export type Fault = { secret?: string } & (
  | CommonFault<Verb>
  /** `current` returns the version before the last, to a caller that does not name a version. */
  | { kind: 'stale-read'; verb: Verb | 'any' }
  /** Another writer sets these fields (or the whole value) right before the next change. */
  | { kind: 'foreign-write'; verb: Verb | 'any'; content: Readonly<Record<string, string>> | string }
)

import type { CommonFault } from '../../shared/memory/imagined-service.ts'

/** What a store can be asked. */
export type Verb = 'check' | 'read' | 'write' | 'retire'

/** What can go wrong at a store in memory, with one secret or with all. Lost and late answers hit changes alone. */
export type Fault = { secret?: string } & (
  | CommonFault<Verb>
  /** `current` is answered with the version before the last, to a caller that does not name a version. */
  | { kind: 'stale-read'; verb: Verb | 'any' }
  /** Somebody else sets these fields (or the whole value) right before the next change. */
  | { kind: 'foreign-write'; verb: Verb | 'any'; content: Readonly<Record<string, string>> | string }
)

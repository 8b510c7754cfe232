/* The contract of a consumer: the workload that uses a key, and may prove which one. */

import type { Call } from './call.ts'

/** The state of a consumer. */
export interface Readiness {
  is: 'ready' | 'progressing' | 'failed'
  why?: string
  /** The fingerprint of the key it reports to run with, or of one part of that key. */
  fingerprint?: string
  /** Start time of its oldest instance, in milliseconds since 1970, as close to the journal's clock as the source allows. */
  oldestStart?: number
}

export interface Consumer {
  /** Restarts every instance. Repeating it with the same mark is harmless. Absent if the consumer reloads the key itself. */
  restart?(mark: string, call: Call): Promise<void>
  /** Returns the state after the restart with this mark, requested at `after` (milliseconds since 1970). */
  ready(about: { mark: string; after: number }, call: Call): Promise<Readiness>
  close?(): Promise<void>
}

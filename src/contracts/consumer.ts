/* The contract of a consumer: the workload that uses a key, and may prove which one. */

import type { Call } from './call.ts'
import type { StoreTraits } from './secret-store.ts'

/** The state of a consumer. */
export interface Readiness {
  is: 'ready' | 'progressing' | 'failed'
  why?: string
  /** The fingerprint of the key it reports to run with, or of one part of that key. */
  fingerprint?: string
  /** What other instances report, where not all report the same. */
  otherFingerprints?: readonly string[]
  /** Start time of its oldest instance, in milliseconds since 1970, as close to the journal's clock as the source allows. */
  oldestStart?: number
}

/** What is known of a consumer before anything is done. */
export interface ConsumerCheck {
  /** What will keep the key from reaching every instance, and what to do. */
  readonly problems: readonly { text: string; nextStep: string }[]
  /** What a person should know. */
  readonly notes: readonly string[]
}

/** A place where the key is kept. */
export interface KeptAt {
  readonly secret: string
  readonly traits: StoreTraits
}

/** The key that a restart is made for. */
export interface WantedKey {
  readonly fingerprint: string
  /** Instances that start then or later have it for certain, as far as the stores go; in milliseconds since 1970. */
  readonly since: number
}

export interface Consumer {
  /**
   * Restarts every instance. Repeating it with the same mark is harmless. Absent if the consumer reloads the key itself.
   */
  restart?(mark: string, call: Call, wanted?: WantedKey): Promise<void>
  /**
   * Returns the state after the restart with this mark, requested at `after` (milliseconds since 1970); `fingerprint`: of
   * the key that it is to use.
   */
  ready(about: { mark: string; after: number; fingerprint?: string }, call: Call): Promise<Readiness>
  /** Checks that it can be restarted, without changing anything. Absent if nothing can be said before. */
  check?(about: { targets: readonly KeptAt[] }, call: Call): Promise<ConsumerCheck>
  close?(): Promise<void>
}

import type { Call } from './call.ts'

export interface Readiness {
  is: 'ready' | 'progressing' | 'failed'
  why?: string
  /** What it says it runs with: the fingerprint of the key, or of one of its parts. */
  fingerprint?: string
  /** Start of its oldest instance, milliseconds since 1970, in the journal's time as near as the source allows. */
  oldestStart?: number
}

export interface Consumer {
  /** Restarts every instance; a repeat with the same mark is harmless. Absent: the consumer picks the value up itself. */
  restart?(mark: string, call: Call): Promise<void>
  /** State after the restart with this mark, asked for at `after` (milliseconds since 1970). */
  ready(about: { mark: string; after: number }, call: Call): Promise<Readiness>
  close?(): Promise<void>
}

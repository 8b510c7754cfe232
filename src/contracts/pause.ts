/* What a person holds back for a while: no rotation starts by itself, what a person asks for does. */

export interface Pause {
  /** Milliseconds since 1970. */
  at: number
  by: string
  /** It ends by itself then; absent: when a person ends it. Milliseconds since 1970. */
  until?: number
  reason?: string
}

/** The document of the pause of all keys. */
export const PAUSE_OF_ALL = { kind: 'pause', name: 'all' } as const

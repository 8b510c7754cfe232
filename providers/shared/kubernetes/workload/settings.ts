import type { Clock } from '../../../../src/contracts/clock.ts'

export interface RestartSettings {
  readonly clock: Clock
  /** How long a restart waits for others of the same workload, to be made once for all of them. */
  readonly gatherMs: number
  /** How long Stakater Reloader may take to restart it instead of us. */
  readonly reloaderMs: number
  /** Whether the pods prove which key they run with. */
  readonly proves: boolean
}

export interface Wanted {
  readonly mark: string
  /** Pods that start from this moment on have the new value, in milliseconds since 1970. */
  readonly since: number
}

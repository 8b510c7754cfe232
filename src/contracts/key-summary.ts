/* What is told of a key to those who only look: one form for `status`, for objects of a journal that people read, and for metrics. */

import type { DueReason, KeyRecord, LastRotation, Sighting, Standing, Step } from './record.ts'

/** The four questions that tools of the Kubernetes ecosystem ask of an object. */
export type ConditionType = 'Ready' | 'Rotating' | 'Blocked' | 'Drifted'

export interface Condition {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  /** A constant in CamelCase, e.g. `TargetRefused`; made from the constants of `workflow/words/reasons.ts`. */
  readonly reason: string
  /** One sentence for people; empty where the reason says it all. */
  readonly message: string
}

/** The state of one key, from its record alone. All times are milliseconds since 1970. */
export interface KeySummary {
  /** Constant: `New`, `Current`, `Observed`, `Paused`, `Rotating`, `Waiting`, `AwaitingPerson`, `Blocked`, `NotInConfig`. */
  readonly state: KeyState
  /** The reason of the condition that matters most, and its message. */
  readonly reason: string
  readonly message: string
  /** Always all four, in the order of {@link ConditionType}. */
  readonly conditions: readonly Condition[]
  /** Of the key in use; null: none is known. */
  readonly fingerprint: string | null
  /** When it was created; null: nobody has said. */
  readonly currentSince: number | null
  /** When the key in use ends by itself; null: it does not, as far as is known. */
  readonly expiresAt: number | null
  /** When a rotation may start, in the past when one is due; null: none is planned, or one is running. */
  readonly nextRotationAt: number | null
  /** Why then, or why none is planned. */
  readonly nextWhy: string
  readonly rotation: {
    readonly id: string
    readonly step: Step
    readonly standing: Standing
    readonly startedAt: number
    readonly reason: DueReason
    /** When the leaked key ends although a target lags; null: a person has set no deadline. */
    readonly killBy: number | null
  } | null
  readonly last: LastRotation | null
  readonly targets: readonly TargetSummary[]
  /** Live keys that only a person can end. */
  readonly debts: number
  /** Names of what a person has to look at, by kind, without repeats; bounded by the kinds there are. */
  readonly violations: readonly string[]
}

export type KeyState =
  | 'New'
  | 'Current'
  | 'Observed'
  | 'Paused'
  | 'Rotating'
  | 'Waiting'
  | 'AwaitingPerson'
  | 'Blocked'
  | 'NotInConfig'

export interface TargetSummary {
  readonly id: string
  readonly holds: Sighting['holds'] | 'not read'
  readonly at: number | null
  readonly version: string | null
  /** Why it could not be read or written, if so. */
  readonly why: string | null
}

/** Summarizes a record by the config as it is now. Pure but for that config. */
export type Summarize = (record: KeyRecord, now: number) => KeySummary

/** A constant in the form that conditions and Events have: `target-down` becomes `TargetDown`. */
export function toReason(constant: string): string {
  return constant.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

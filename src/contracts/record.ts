import type { Acceptance } from './acceptance.ts'
import type { Uptime } from './clock.ts'
import type { KeyRef } from './key-issuer.ts'
import type { Pause } from './pause.ts'
import type { DueReason, ExceptionKind, Failure, Intent, Rotation, RotationEnd } from './rotation.ts'

export type * from './attempt.ts'
export type * from './confirmation.ts'
export type * from './pin.ts'
export type * from './rotation.ts'
export type * from './write-entry.ts'

/*
 * What the journal keeps of one managed key. No value is ever in here: keys are known by fingerprint and by the
 * issuer's id. Times are milliseconds since 1970 in the journal's time; everything is plain JSON.
 */

export interface KeyRecord {
  schema: 1
  key: string
  installation: string
  /** Number of the last mark minted; only grows. */
  lastMark: number
  current: CurrentKey | null
  /** Earlier keys, newest first, at most 20. */
  past: PastKey[]
  /** Live keys that nobody uses and that only a person can end. */
  debts: Debt[]
  /** The issuer's current key, where a rollback left another one in use. */
  kept?: KeptKey
  request: RotationRequest | null
  /** No rotation starts by itself; what a person asks for since then does. */
  paused?: Pause
  /** The requests that were taken last where the key is declared, by their name: none is taken twice. */
  taken?: Record<string, string>
  /** What was answered to each of them: it is said again, in the same words, by whoever finds it still there. */
  answered?: Record<string, string>
  rotation: Rotation | null
  last: LastRotation | null
  /** The next rotation starts not before this: calls of the last one may still take effect. */
  quietUntil: number
  afterCare: AfterCare | null
  /** When its targets were last read while no rotation ran. */
  lookedAt?: number
  /** What each target held when it was last read, by target id. */
  places: Record<string, Sighting>
  /** Other trouble a person should see. */
  violations: Violation[]
  /** A person creates its keys and is asked ahead of time. */
  byPerson: boolean
  /** When it is due for another look; null: only when asked for or by the schedule. */
  wakeAt: number | null
  /**
   * The clocks at the last commit: a later reader judges by them which times can be believed. `at` may be too early by
   * `behindMs`. Null: never written.
   */
  written: { at: number; uptime: Uptime | null; behindMs?: number } | null
  /** How far the issuer's clock was ahead of ours, by the `Date` of its last response to a probe. */
  issuerAheadMs?: number
}

export interface LastRotation {
  id: string
  end: RotationEnd
  at: number
  reason: DueReason
  /** When it began; absent in records of before. */
  startedAt?: number
  /** The campaign that it was for. */
  campaign?: string
  why?: string
  /** It was rolled back because its process was told to stop: nothing was wrong. */
  isStopped?: true
  /** What it took on trust or did by a deadline. */
  exceptions?: { kind: ExceptionKind; detail: string }[]
}

export interface CurrentKey {
  fingerprint: string
  /** The name it was asked for under; absent for an adopted key. */
  name?: string
  /** Absent: the issuer's id of an adopted key is not known. */
  ref?: KeyRef
  /** When the key was created; for an adopted key of unknown age, a time spread over `every` by its name. */
  since: number
  sinceFrom: 'rotation' | 'issuer' | 'store' | 'spread'
  expiresAt?: number
  adopted: boolean
  /** Persons who have seen its value, as far as is known. */
  seenBy?: string[]
  /** When it was last seen accepted; absent: never. */
  accepted?: Acceptance
  /** Where its value can be read: target id → version. */
  versions: Record<string, string>
}

export interface PastKey {
  fingerprint: string
  ref?: KeyRef
  rotation?: string
  seenBy?: string[]
  /** Of one handed over: the managed keys that used it then. */
  usedBy?: string[]
  /** It was reported leaked. */
  isLeaked?: boolean
  /** It was never seen accepted: nothing shows that this value was a key. */
  neverAccepted?: true
  /** `revoked`: we saw the issuer refuse it. `handed-over`: other managed keys still used it, and the last one ends it. */
  state: 'revoked' | 'dead' | 'not-revoked' | 'handed-over' | 'unknown'
  until: number
}

export interface Debt {
  name: string
  fingerprint?: string
  ref?: KeyRef
  rotation: string
  why: string
  since: number
}

/**
 * A key that replaced the one in use at the issuer, and that a rollback could not end without ending that one too. The
 * next rotation continues with it.
 */
export interface KeptKey {
  name: string
  fingerprint: string
  ref?: KeyRef
  /** When it was created. */
  since: number
  expiresAt?: number
  rotation: string
  why: string
  /** Where its value can be read: target id → version. */
  versions: Record<string, string>
}

export interface RotationRequest {
  reason: 'asked' | 'compromised'
  leaked?: 'old' | 'new' | 'both'
  killBy?: number
  why?: string
  /** The campaign that asks for it. */
  campaign?: string
  at: number
}

/** What a target held when it was last read. */
export interface Sighting {
  at: number
  holds: 'current' | 'new' | 'past' | 'foreign' | 'absent' | 'unreadable'
  fingerprint?: string
  version?: string
  failure?: Failure
  /** With `absent`: names of the fields that the secret has. */
  fields?: readonly string[]
}

export interface Violation {
  kind: ViolationKind
  detail: string
  since: number
  /** The version that still holds a dead value, for `not-retired`. */
  version?: string
  /** What a person runs, where it is not the same for every trouble of the kind. */
  command?: string
}

/** After the colon: the target that it concerns. */
export type ViolationKind =
  | 'shared-value'
  | 'handed-over'
  | 'leaked-key-lives'
  | 'no-first-key'
  | 'renamed'
  | 'no-way-to-revoke'
  | 'different-values'
  | 'journal-is-old'
  | `not-retired:${string}`
  | 'clock-differs'
  | 'replaced-in-use'
  | `drift:${string}`
  | `dead-value:${string}`
  | `not-a-key:${string}`

export interface AfterCare {
  until: number
  /** How long it lasts in all. */
  forMs: number
  /** Repairs of a dead value, by target id. */
  tries: Record<string, CareTries>
  intents: Intent[]
}

export interface CareTries {
  /** Repairs that had an effect, or were refused in a way that trying again does not heal; bounded. */
  count: number
  /** Refused in a row without effect, by a store that was throttled, down, or had changed: these do not count. */
  deferred: number
  /** The next one is not sent before. */
  nextAt: number
  /** Given up, and people were told. */
  gaveUp?: true
}

/** A record for a key that the journal has not seen. */
export function newRecord(key: string, installation: string): KeyRecord {
  return {
    schema: 1,
    key,
    installation,
    lastMark: 0,
    current: null,
    past: [],
    debts: [],
    request: null,
    rotation: null,
    last: null,
    quietUntil: 0,
    afterCare: null,
    places: {},
    violations: [],
    byPerson: false,
    wakeAt: null,
    written: null,
  }
}

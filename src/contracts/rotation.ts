import type { Acceptance } from './acceptance.ts'
import type { Attempt, Revocation } from './attempt.ts'
import type { Confirmation } from './confirmation.ts'
import type { WantedKey } from './consumer.ts'
import type { ErrorCode, Missing } from './errors.ts'
import type { KeyRef } from './key-issuer.ts'
import type { Pin } from './pin.ts'
import type { WriteEntry } from './write-entry.ts'

export type Step = 'preflight' | 'create' | 'deploy' | 'validate' | 'revoke' | 'rollback'
export type Standing = 'active' | 'waiting' | 'awaiting-operator' | 'blocked'
export type RotationEnd = 'completed' | 'rolled-back' | 'not-started'

/** Why a key is rotated; constants of `schedule/`. */
export type DueReason = 'age' | 'expiry' | 'asked' | 'compromised' | 'first'

/** A provider's failure without its body. */
export interface Failure {
  code: ErrorCode
  message: string
  nextStep: string
  effect: 'none' | 'unknown'
  retryAfterMs?: number
  missing?: Missing
  /** With a missing field: the names of the fields that the secret has. */
  fields?: readonly string[]
  /** A creation that was answered: the key that was made, where the answer named it. */
  made?: KeyRef
}

export interface Rotation {
  id: string
  reason: DueReason
  why?: string
  /** The campaign that it is for. */
  campaign?: string
  startedAt: number
  pin: Pin
  step: Step
  standing: Standing
  /** Why it waits or is blocked, with the command that continues it. */
  hold?: Hold
  old: {
    fingerprint: string
    name?: string
    ref?: KeyRef
    /** Absent: it was never seen accepted, so a refusal does not show that it is dead. */
    accepted?: Acceptance
    /** Refused from the start: forward only. */
    dead: boolean
    /** Its value is gone from every place, so it can be neither probed nor restored: forward only. */
    isLost?: true
    /** When it ends by itself, at the earliest: its expiry, or the end that the creation of the new key set. */
    diesAt?: number
  } | null
  /** Keys live at the issuer in preflight, by the fingerprints of their ids (`seenIn`). */
  seen: string[]
  attempts: Attempt[]
  targets: Record<string, TargetLedger>
  consumers: Record<string, ConsumerLedger>
  /** Effects committed and not answered yet. */
  intents: Intent[]
  /** Consecutive agreeing verdicts, by subject and purpose. */
  streaks: Partial<Record<StreakName, Streak>>
  /** When the present step was entered, and when it last made progress. */
  stepSince: number
  progressAt: number
  overlapUntil?: number
  compromised?: { leaked: 'old' | 'new' | 'both'; killBy?: number; why?: string }
  revocation?: Revocation
  /** Managed keys that still use the old key when this rotation leaves it. */
  handedTo?: string[]
  /** The revoke of the new key, in a rollback. */
  withdrawal?: Revocation
  /** Set from the decision to go back: why, and what follows once the new key is discarded. */
  /** `isStopped`: nothing was wrong, its process was told to stop. */
  rollback?: { why: string; after: 'end' | 'another'; isStopped?: true }
  /** How it ends, once the last look for keys of lost answers has found none. */
  ending?: 'completed' | 'rolled-back'
  operator?: OperatorAsk
  /** What a person has confirmed. */
  confirmed: { what: Confirmation; at: number }[]
  /** Declared exceptions: a revocation with an unvalidated target. */
  exceptions: { at: number; kind: ExceptionKind; detail: string }[]
  /** Tries so far of what is tried again, and when the next one is due. */
  tries: Partial<Record<TryName, Tries>>
  /** What was noticed since the step began or a person last looked, so that it is acted upon once. */
  flags: Partial<Record<Flag, true>>
}

export interface Tries {
  count: number
  nextAt: number
}

/** What is tried again after a pause; after the colon: the target or consumer that it concerns. */
export type TryName =
  | 'preflight'
  | 'issue'
  | 'find'
  | 'read-back'
  | 'probe'
  | 'list'
  | 'disable'
  | 'enable'
  | 'revoke'
  | 'revoke-orphan'
  | 'revoke-new'
  | 'confirm-revoked'
  | 'confirm-discarded'
  | 'old-unheld'
  | 'users'
  | 'sweep'
  | `read:${string}`
  | `stale:${string}`
  | `retire:${string}`
  | `consumer:${string}`

/**
 * `billed`: a probe may have cost money. `held-up`: a target delays the end of a leaked key. `old-unheld`: the old
 * value cannot be read anywhere. `lost`: it was found gone before a key was created. `shared`: others use the leaked key.
 * `unlisted`: the list does not show the key that was just made.
 */
export type Flag = 'billed' | 'held-up' | 'lost' | 'old-unheld' | 'shared' | 'unlisted'

/**
 * What a row of agreeing verdicts is about: `old` and `new` while a key is judged before use, `refused` the deployed
 * key, `validated` the key in use, `revoked` the old key after its revocation, `discarded` the new one after a rollback.
 */
export type StreakName = 'old' | 'new' | 'refused' | 'validated' | 'revoked' | 'discarded'

/**
 * `assumed` and `assumed-back`: consumers without proof count as moved because `quietFor` has passed. `removed`: a
 * target or consumer left the config. `kill-by`: the old key was revoked at a declared deadline.
 */
export type ExceptionKind = 'assumed' | 'assumed-back' | 'removed' | 'kill-by'

export interface Hold {
  reason: string
  detail: string
  /** The exact command for a person; absent while nothing is needed. */
  command?: string
  /** What a person must confirm before this continues; without it the next look may continue by itself. */
  needs?: Confirmation
  /** What the command does, if it does more than look again. */
  does?: string
  /** What was last seen that is not as it has to be. */
  evidence?: Evidence[]
  since: number
  until?: number
}

/** One observation behind a hold, in words without any key value. */
export interface Evidence {
  /** What was asked, and where: `probe of gateway, new key a1b2`, a target, `consumer renderer`. */
  about: string
  /** E.g. `no verdict, status 403`. */
  saw: string
  expected?: string
}

export interface TargetLedger {
  /** What the next write replaces. */
  baseline: string | 'absent' | null
  /** The version of the old value, readable until it is retired. */
  oldVersion?: string
  writes: WriteEntry[]
  /** Last observation in this rotation. */
  holds: 'old' | 'new' | 'past' | 'absent' | 'foreign' | 'unread'
  version?: string
  readBackAt?: number
  tries: number
  nextTryAt: number
  failure?: Failure
  retired?: 'gone' | 'unlisted' | 'kept'
}

export interface ConsumerLedger {
  /** The restart that put it on the key of this direction. */
  mark?: string
  direction?: 'new' | 'old'
  restartedAt?: number
  state: 'untouched' | 'restarting' | 'ready' | 'failed'
  /** What proves it: it reported the fingerprint, or started late enough. */
  proof?: 'fingerprint' | 'started-later'
  why?: string
  tries: number
  nextTryAt: number
}

export interface OperatorAsk {
  kind: 'create' | 'revoke'
  name: string
  askedAt: number
  remindAt: number
  deadline: number
}

export interface Streak {
  verdict: 'accepted' | 'rejected'
  count: number
  since: number
  last: number
}

/** What is done to end a key, or to undo that. `end-overlap` ends the old key and never the issuer's current one. */
export type EndKind = 'disable' | 'enable' | 'revoke' | 'end-overlap'

/** Something done outside, committed before it is sent. */
export type Effect =
  | { kind: 'issue'; mark: string; name: string }
  | {
      kind: 'write'
      mark: string
      target: string
      fingerprint: string
      replaces: string | 'absent'
      purpose: WriteEntry['purpose'] | 'after-care'
    }
  /** `wanted` is absent in records of before. */
  | { kind: 'restart'; mark: string; consumer: string; wanted?: WantedKey }
  | { kind: EndKind; fingerprint?: string; ref?: KeyRef; attempt?: string }
  | { kind: 'retire'; target: string; version: string }

export interface Intent {
  effect: Effect
  at: number
  /** End of the lease under which it is sent. */
  leaseUntil: number
}

export type Outcome =
  | {
      is: 'done'
      ref?: KeyRef
      fingerprint?: string
      version?: string
      retired?: 'gone' | 'unlisted' | 'kept'
      expiresAt?: number
    }
  | { is: 'not-done'; failure: Failure }
  | { is: 'unknown'; failure: Failure; landsBy: number }

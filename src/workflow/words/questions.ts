import type { Readiness } from '../../contracts/consumer.ts'
import type { KeyRef, ProbeAnswer } from '../../contracts/key-issuer.ts'
import type { Failure, Pin, Rotation } from '../../contracts/record.ts'

/** What the workflow asks about the outside. Asking changes nothing outside and needs no intent. */
export type Question =
  | { ask: 'target'; target: string }
  | { ask: 'check'; target: string }
  /** The engine adds a garbage key; subjects are fingerprints. */
  | { ask: 'probe'; subjects: readonly string[] }
  | { ask: 'list' }
  | { ask: 'find'; mark: string; name: string }
  | { ask: 'consumer'; consumer: string; mark: string; after: number }
  /** Which other managed keys name this fingerprint. */
  | { ask: 'holders'; fingerprint: string }
  | { ask: 'identify'; fingerprint: string }
  /** Which key is the current one at the issuer. Its value is held from then on. */
  | { ask: 'read-back' }

export type TargetReading =
  /** `shared`: another managed key has a field in this secret, so the mark may be of its write. */
  | { is: 'value'; fingerprint: string; version: string; mark?: string; writer?: string; shared?: boolean }
  | { is: 'absent'; missing: 'secret' | 'field' }
  | { is: 'failed'; failure: Failure }

export type CheckReading =
  | { is: 'ok'; read: 'proved' | 'assumed'; write: 'proved' | 'assumed'; notes: readonly string[] }
  | { is: 'failed'; failure: Failure }

export type Listed = { is: 'ok'; keys: readonly KeyRef[] } | { is: 'failed'; failure: Failure }

/** Verdicts of one minute: the garbage key's beside every subject's. */
export interface ProbeSet {
  at: number
  garbage: ProbeAnswer
  subjects: Readonly<Record<string, ProbeAnswer>>
  /** How far the issuer's clock is ahead of ours, where its responses name the time. */
  issuerAheadMs?: number
}

/** What is true now, as far as it was asked for; a question without an entry was not asked. */
export interface Answers {
  targets: Readonly<Record<string, TargetReading>>
  checks: Readonly<Record<string, CheckReading>>
  probe?: ProbeSet
  list?: Listed
  found: Readonly<Record<string, Listed>>
  consumers: Readonly<
    Record<string, { is: 'told'; readiness: Readiness } | { is: 'failed'; failure: Failure }>
  >
  holders: Readonly<Record<string, readonly string[]>>
  identified?: { is: 'ok'; ref: KeyRef } | { is: 'failed'; failure: Failure }
  readBack?: { is: 'ok'; ref: KeyRef; fingerprint: string } | { is: 'failed'; failure: Failure }
  /** Fingerprints whose value can be had now: from memory, or read from a target just now. */
  held: readonly string[]
  /** The present config of this key; null when the config no longer has it. */
  present: Pin | null
  /** Until when this process is willing to wait. */
  runUntil: number
}

/** Asks every target that can be read what it holds. */
export function readableTargets(rotation: Rotation): Question[] {
  return rotation.pin.targets
    .filter((target) => target.traits.readable)
    .map((target) => ({ ask: 'target', target: target.id }))
}

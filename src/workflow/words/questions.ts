import type { ConsumerCheck, Readiness } from '../../contracts/consumer.ts'
import type { KeyRef, ProbeAnswer } from '../../contracts/key-issuer.ts'
import type { Failure, PastKey, Pin, Rotation } from '../../contracts/record.ts'
import type { ValueShape } from '../../contracts/value-shape.ts'

/** What the workflow asks about the outside. Asking changes nothing outside and needs no intent. */
export type Question =
  | { ask: 'target'; target: string }
  | { ask: 'check'; target: string }
  /** The engine adds a garbage key; subjects are fingerprints. */
  | { ask: 'probe'; subjects: readonly string[] }
  | { ask: 'list' }
  | { ask: 'find'; mark: string; name: string }
  | { ask: 'consumer'; consumer: string; mark: string; after: number; fingerprint?: string }
  /** Whether it can be restarted; asked before anything is done. */
  | { ask: 'consumer-check'; consumer: string }
  /**
   * What other managed keys have to do with this key. `unseen`: the targets of keys that were never looked at are read
   * as well.
   */
  | { ask: 'holders'; fingerprint: string; unseen?: boolean }
  | { ask: 'identify'; fingerprint: string }
  /** Whether every target can hold this key so that every reader gets it. */
  | { ask: 'fit'; fingerprint: string }
  /** Whether this version can still be read. */
  | { ask: 'version'; target: string; version: string }
  /** Which key is the current one at the issuer. Its value is held from then on. */
  | { ask: 'read-back' }
  /** What meters say of the use of this key, from the journal; no meter is asked. */
  | { ask: 'use'; fingerprint: string }

export interface HeldValue {
  is: 'value'
  /** For a value that cannot be a key, the name of its shape. */
  fingerprint: string
  version: string
  mark?: string
  writer?: string
  /** Another managed key has a field in this secret, so the mark may be of its write. */
  shared?: boolean
  /** What the value looks like, unless its shape shows nothing. */
  shape?: ValueShape
  /** Fingerprints of the fields of the secret that no key of the config manages. Never kept. */
  beside?: Readonly<Record<string, string>>
}

export type TargetReading =
  | HeldValue
  /** `fields`: the names of the fields that the secret has. */
  | { is: 'absent'; missing: 'secret' | 'field'; fields?: readonly string[] }
  | { is: 'failed'; failure: Failure }

export type CheckReading =
  | { is: 'ok'; read: 'proved' | 'assumed'; write: 'proved' | 'assumed'; notes: readonly string[] }
  | { is: 'failed'; failure: Failure }

export type ConsumerCheckReading = ({ is: 'ok' } & ConsumerCheck) | { is: 'failed'; failure: Failure }

export type Listed = { is: 'ok'; keys: readonly KeyRef[] } | { is: 'failed'; failure: Failure }

/** Verdicts of one minute: the garbage key's beside every subject's. */
export interface ProbeSet {
  at: number
  garbage: ProbeAnswer
  subjects: Readonly<Record<string, ProbeAnswer>>
  /** How far the issuer's clock is ahead of ours, where its responses name the time. */
  issuerAheadMs?: number
}

/** What another managed key has to do with a key that is known by its fingerprint. */
export interface Holding {
  key: string
  /**
   * `uses`: its current key, or the one that its rotation has created. `leaves`: its current key, which its rotation
   * has replaced everywhere and is about to end. `holds`: one of its targets held it when last read. `owes`: a person
   * is to delete it. `had`: an earlier key. `unread`: a target of it could not be read, so that it may hold the key.
   */
  as: 'uses' | 'leaves' | 'holds' | 'owes' | 'had' | 'unread'
  /** The targets that held it when last read, or that could not be read. */
  places: readonly string[]
  /** The issuer's id of it, when that key knows it. */
  ref?: KeyRef
  /** Its rotation waits for the others to leave. */
  waits?: boolean
  /** What became of an earlier key. */
  past?: PastKey['state']
  /** Why they could not be read. */
  why?: string
  /** The config no longer has that key. */
  isStray?: boolean
}

/** Uses of a key, as meters told them. */
export interface KeyUse {
  /** Beginning, end and amount of each time in which it was used, the latest last; 0: not known how often. */
  recent: readonly (readonly [from: number, to: number, amount: number])[]
  /** Who used it last, as far as it is told. */
  by: readonly string[]
  /** Until when the meters were read; a use after it is not known yet. */
  readTo: number
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
  consumerChecks?: Readonly<Record<string, ConsumerCheckReading>>
  holders: Readonly<Record<string, readonly Holding[]>>
  /** Versions that can no longer be read, by target id. */
  gone?: Readonly<Record<string, boolean>>
  identified?: { is: 'ok'; ref: KeyRef } | { is: 'failed'; failure: Failure }
  /** The targets that cannot hold the key that was asked about, and why. */
  unfit?: readonly { target: string; why: string }[]
  readBack?: { is: 'ok'; ref: KeyRef; fingerprint: string } | { is: 'failed'; failure: Failure }
  /** Absent: the use of this key is not watched. */
  use?: KeyUse
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

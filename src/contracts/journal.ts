import type { TimedContext } from './call.ts'
import type { KeyConfig } from './config.ts'
import type { Documents } from './documents.ts'
import type { JournalError } from './errors.ts'
import type { Summarize } from './key-summary.ts'
import type { KeyRecord } from './record.ts'

/** What a journal is made with: some show people the state of a key beside its record. */
export interface JournalContext extends TimedContext {
  readonly summarize: Summarize
  /** Of the config: what several installations keep in one place is told apart by it. */
  readonly installation: string
}

/** One line of a key's history. No value in it. */
export interface AuditEntry {
  /** Journal's time, milliseconds since 1970. */
  at: number
  key: string
  rotation?: string
  /** A constant, e.g. `intent`, `outcome`, `verdict`, `step`, `blocked`, `confirmed`. */
  kind: string
  /** One sentence for people. */
  text: string
  /** Evidence: ids, versions, fingerprints, statuses; plain JSON. */
  data?: Readonly<Record<string, unknown>>
}

/** An audit entry as the journal returns it. */
export interface TrailEntry extends AuditEntry {
  /** Grows within the journal; page on with it. */
  seq: number
}

/** The exclusive right to drive one key for a while. */
export interface Claim {
  readonly key: string
  /** Random; distinguishes this claim from an earlier one with the same fence after a journal was restored. */
  readonly claimId: string
  /** Ever-growing per key. */
  readonly fence: number
  readonly record: KeyRecord | null
  readonly revision: number
  /** The journal's time when it responded, milliseconds since 1970. */
  readonly now: number
  readonly leaseUntil: number
}

/** What the journal says of time and lease after each change. */
export interface Receipt {
  readonly revision: number
  readonly now: number
  readonly leaseUntil: number
}
export interface ListPage {
  wakeBefore?: number
  after?: string
  limit: number
  damaged?: (key: string, error: JournalError) => void
}

export interface Snapshot {
  readonly record: KeyRecord | null
  readonly revision: number
  readonly now: number
  /** The claim that is held now, if any. */
  readonly lease: { readonly claimId: string; readonly holder: string; readonly until: number } | null
}

export interface CommitRequest {
  readonly record: KeyRecord
  readonly audit: readonly AuditEntry[]
  /** Ends the claim in the same commit. */
  readonly release?: boolean
  /** A rotation that ended with this commit, kept for good beside the record. */
  readonly finished?: { readonly id: string; readonly record: KeyRecord }
}

/**
 * Keeps one record per managed key with its lease, the audit trail and the finished rotations. Throws JournalError:
 * `lost-claim` when the claim is no longer the holder's or the revision moved on (nothing was written),
 * `unavailable` when that is not known (load again before performing anything).
 */
export interface Journal {
  /**
   * `held`: another process has the key: call again. A journal without a clock of its own grants a foreign lease once it
   * was seen unchanged for its whole length on the monotonic clock of this machine, by one process or by several; and
   * at once when its holder is known to be gone.
   */
  claim(key: string, by: { holder: string; leaseMs: number }): Promise<Claim | 'held'>
  renew(claim: Claim): Promise<Receipt>
  /** Writes record, audit and finished rotation at once; `claim.revision` must be the journal's. */
  commit(claim: Claim, request: CommitRequest): Promise<Receipt>
  /**
   * Writes this record under the name of `to` and leaves none under that of `from`; trail and finished rotations move
   * along. All at once, and both claims end. @throws JournalError `lost-claim` when either is stale.
   */
  move(from: Claim, to: Claim, request: { record: KeyRecord; audit: readonly AuditEntry[] }): Promise<void>
  /** Takes the record out, keeps it as finished under this id beside its trail, and ends the claim. */
  forget(claim: Claim, request: { audit: readonly AuditEntry[]; keptAs: string }): Promise<void>
  /**
   * Notes for many records at once that their targets were read now and nothing was new: sets `lookedAt`, and nothing
   * else. A key that is claimed or unknown is left alone.
   */
  noteLooks(keys: readonly string[], at: number): Promise<void>
  /** Ends the claim without a change. */
  release(claim: Claim): Promise<void>
  load(key: string): Promise<Snapshot>
  /**
   * Records in the order of their key; `wakeBefore`: only those with a wakeAt at or before it; `after`: the last key of the
   * page before. A record that is damaged by itself may be left out, so that it stops no other key: `damaged` is told,
   * and `load` throws.
   */
  list(page: ListPage): Promise<KeyRecord[]>
  /** Managed keys whose record names this fingerprint: as current, past or debt, in a running rotation or in a target. */
  holders(fingerprint: string): Promise<string[]>
  trail(page: { key?: string; rotation?: string; after?: number; limit: number }): Promise<TrailEntry[]>
  /** The record as it was when this rotation ended; null when the journal has none. */
  finished(rotation: string): Promise<KeyRecord | null>
  /** What processes share beside the records. */
  readonly documents: Documents
  /**
   * Calls `changed` with the key whose record somebody may have changed, this process included; with null when that is
   * not known, so that everything has to be read again. Resolves when aborted. Rejects with JournalError `unavailable`
   * when it breaks: the caller starts it again after a pause that grows. Absent: the journal cannot tell.
   */
  watch?(changed: (key: string | null) => void, signal: AbortSignal): Promise<void>
  /**
   * Shows the keys of the config in the journal, also those that have no record yet. Called at start and whenever the
   * config has changed; a key that is not among them and has no record is no longer shown. Absent: nothing is shown.
   */
  declare?(keys: readonly KeyConfig[]): Promise<void>
  close(): Promise<void>
}

/** Every fingerprint a record names, for `holders`: of keys with several parts the single digits of each part too. */
export function fingerprintsIn(record: KeyRecord): string[] {
  const named = [
    record.current?.fingerprint,
    record.kept?.fingerprint,
    ...record.past.map((past) => past.fingerprint),
    ...record.debts.map((debt) => debt.fingerprint),
    ...(record.rotation?.attempts ?? []).map((attempt) => attempt.fingerprint),
    ...Object.values(record.places).map((place) => place.fingerprint),
  ].filter((fingerprint) => fingerprint !== undefined)
  const parts = named.flatMap((fingerprint) =>
    fingerprint.split(',').flatMap((part) => part.split(':').slice(1)),
  )
  return [...new Set([...named, ...parts])]
}

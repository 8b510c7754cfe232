/** The journal in memory. */
import type { TimedContext } from '../../../src/contracts/call.ts'
import type { Ambient } from '../../../src/contracts/clock.ts'
import {
  type Claim,
  type CommitRequest,
  fingerprintsIn,
  type Journal,
  type Receipt,
  type Snapshot,
} from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import {
  checkLease,
  checkRecordKey,
  parseRecord,
  toClosedError,
  toLostClaimError,
} from '../../shared/journal/errors.ts'
import { CLAIM_ID_LENGTH, createLeaseWatch, type LeaseWatch } from '../../shared/journal/lease-watch.ts'
import { openDocuments } from './documents.ts'
import { forgetRecord, heldRow, moveRecord, newRow } from './move.ts'
import type { Options } from './options.ts'
import { type JournalSpace, journalSpace, type Row, watchWith } from './space.ts'

export { dropJournalSpace, type JournalSpace, journalSpace } from './space.ts'

/** A journal whose records live in a named space of this process. */
export function make(options: Options, context: TimedContext): Journal {
  return openMemoryJournal(journalSpace(options.space), context)
}

/** A journal on this space; each one watches foreign leases for itself. */
export function openMemoryJournal(space: JournalSpace, ambient: Ambient): Journal {
  const { clock } = ambient
  const watch = createLeaseWatch(ambient)
  let isClosed = false

  async function work<T>(run: () => T): Promise<T> {
    if (isClosed) throw toClosedError()
    return run()
  }
  /** Work that changes these keys: whoever watches is told once it is done. */
  async function change<T>(keys: readonly string[], run: () => T): Promise<T> {
    const result = await work(run)
    for (const tell of space.watchers) for (const key of keys) tell(key)
    return result
  }
  return {
    claim: (key, by) => work(() => claimKey(space, watch, ambient, key, by)),
    renew: (claim) => work(() => renewClaim(space, clock.wallMs(), claim)),
    commit: (claim, request) =>
      change([claim.key], () => commitRecord(space, clock.wallMs(), claim, request)),
    move: (from, to, request) =>
      change([from.key, to.key], () => moveRecord(space, clock.wallMs(), { from, to }, request)),
    forget: (claim, request) => change([claim.key], () => forgetRecord(space, claim, request)),
    release: (claim) =>
      change([claim.key], () => {
        heldRow(space, claim).claimId = null
      }),
    noteLooks: (keys, at) => change(keys, () => noteLooks(space, keys, at)),
    load: (key) => work(() => loadKey(space, clock.wallMs(), key)),
    list: (page) => work(() => listRecords(space, page)),
    holders: (fingerprint) => work(() => findHolders(space, fingerprint)),
    trail: (page) =>
      work(() =>
        space.trail
          .filter(
            (entry) =>
              entry.seq > (page.after ?? 0) &&
              (page.key === undefined || entry.key === page.key) &&
              (page.rotation === undefined || entry.rotation === page.rotation),
          )
          .slice(0, page.limit)
          .map((entry) => structuredClone(entry)),
      ),
    finished: (rotation) =>
      work(() => {
        const ended = space.finished.get(rotation)
        return ended ? parseRecord(ended.key, ended.record) : null
      }),
    documents: openDocuments(space, work),
    watch: (changed, signal) => watchWith(space.watchers, changed, signal),
    async close() {
      isClosed = true
    },
  }
}

function claimKey(
  space: JournalSpace,
  watch: LeaseWatch,
  { clock, random }: Ambient,
  key: string,
  by: { holder: string; leaseMs: number },
): Claim | 'held' {
  checkLease(by.leaseMs)
  const row = space.rows.get(key) ?? newRow()
  const place = `${key} ${watch.boot}`
  const judged = watch.judge({ key, ...row }, space.sightings.get(place))
  if (!judged.isFree) {
    if (judged.keep) space.sightings.set(place, judged.keep)
    return 'held'
  }
  space.sightings.delete(place)
  const now = clock.wallMs()
  const claimId = random(CLAIM_ID_LENGTH)
  Object.assign(row, { claimId, holder: by.holder, leaseMs: by.leaseMs, renewals: 0 })
  row.fence += 1
  row.leaseUntil = now + by.leaseMs
  space.rows.set(key, row)
  return {
    key,
    claimId,
    fence: row.fence,
    record: readRecord(key, row),
    revision: row.revision,
    now,
    leaseUntil: row.leaseUntil,
  }
}

function renewClaim(space: JournalSpace, now: number, claim: Claim): Receipt {
  const row = heldRow(space, claim)
  row.renewals += 1
  row.leaseUntil = now + row.leaseMs
  return { revision: row.revision, now, leaseUntil: row.leaseUntil }
}

function commitRecord(space: JournalSpace, now: number, claim: Claim, request: CommitRequest): Receipt {
  checkRecordKey(claim.key, request.record)
  const row = heldRow(space, claim)
  if (row.revision !== claim.revision) throw toLostClaimError(claim.key)
  // Everything that may throw is made before the first change: a commit is whole or not at all.
  const record = JSON.stringify(request.record)
  const entries = structuredClone(request.audit)
  const { finished } = request
  const ended = finished && { key: claim.key, record: JSON.stringify(finished.record) }

  row.record = record
  row.wakeAt = request.record.wakeAt
  row.fingerprints = fingerprintsIn(request.record)
  row.revision += 1
  row.leaseUntil = request.release ? now : now + row.leaseMs
  if (request.release) row.claimId = null
  for (const entry of entries) space.trail.push({ ...entry, seq: space.trail.length + 1 })
  if (finished && ended) space.finished.set(finished.id, ended)
  return { revision: row.revision, now, leaseUntil: row.leaseUntil }
}

function noteLooks(space: JournalSpace, keys: readonly string[], at: number): void {
  for (const key of keys) {
    const row = space.rows.get(key)
    if (row?.record && row.claimId === null)
      row.record = JSON.stringify({ ...parseRecord(key, row.record), lookedAt: at })
  }
}

function loadKey(space: JournalSpace, now: number, key: string): Snapshot {
  const row = space.rows.get(key)
  if (!row) return { record: null, revision: 0, now, lease: null }
  const lease =
    row.claimId === null ? null : { claimId: row.claimId, holder: row.holder, until: row.leaseUntil }
  return { record: readRecord(key, row), revision: row.revision, now, lease }
}

function listRecords(
  space: JournalSpace,
  page: { wakeBefore?: number; after?: string; limit: number },
): KeyRecord[] {
  const { wakeBefore, after = '', limit } = page
  return [...space.rows]
    .filter(
      ([key, row]) =>
        key > after &&
        (wakeBefore === undefined || (row.wakeAt !== null && row.wakeAt <= wakeBefore)) &&
        row.record !== null,
    )
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, limit)
    .flatMap(([key, row]) => readRecord(key, row) ?? [])
}

function findHolders({ rows }: JournalSpace, fingerprint: string): string[] {
  return [...rows]
    .filter(([, row]) => row.fingerprints.includes(fingerprint))
    .map(([key]) => key)
    .sort()
}

function readRecord(key: string, row: Row): KeyRecord | null {
  return row.record === null ? null : parseRecord(key, row.record)
}

import type { Snapshot, TrailEntry } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { parseKept, parseRecord } from '../../shared/journal/errors.ts'
import type { KeyRow, Statements, TrailRow } from './statements.ts'

/** The present state of the key, or an empty snapshot of revision 0 for one that the journal does not know. */
export function readSnapshot(statements: Statements, key: string, now: number): Snapshot {
  const row = statements.get<KeyRow>('readKey', { key })
  if (!row) return { record: null, revision: 0, now, lease: null }
  return {
    record: row.record === null ? null : parseRecord(key, row.record),
    revision: row.revision,
    now,
    lease: row.claimId === null ? null : { claimId: row.claimId, holder: row.holder, until: row.leaseUntil },
  }
}

export function readFinished(statements: Statements, rotation: string): KeyRecord | null {
  const row = statements.get<{ key: string; record: string }>('finished', { rotation })
  return row ? parseRecord(row.key, row.record) : null
}

export function readTrail(
  statements: Statements,
  page: { key?: string; rotation?: string; after?: number; limit: number },
): TrailEntry[] {
  const { key, rotation, limit } = page
  const range = { after: page.after ?? 0, limit }
  if (key !== undefined && rotation !== undefined)
    return statements.all<TrailRow>('trailOfKeyAndRotation', { key, rotation, ...range }).map(toEntry)
  if (rotation !== undefined)
    return statements.all<TrailRow>('trailOfRotation', { rotation, ...range }).map(toEntry)
  if (key !== undefined) return statements.all<TrailRow>('trailOfKey', { key, ...range }).map(toEntry)
  return statements.all<TrailRow>('trail', range).map(toEntry)
}

function toEntry(row: TrailRow): TrailEntry {
  const entry: TrailEntry = { seq: row.seq, at: row.at, key: row.key, kind: row.kind, text: row.text }
  if (row.rotation !== null) entry.rotation = row.rotation
  if (row.data !== null) entry.data = parseKept(row.key, row.data)
  return entry
}

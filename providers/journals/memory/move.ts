/** Records that are moved to another name, or taken out. */
import { type AuditEntry, type Claim, fingerprintsIn } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { checkRecordKey, toLostClaimError } from '../../shared/journal/errors.ts'
import type { JournalSpace, Row } from './space.ts'

export function moveRecord(
  space: JournalSpace,
  now: number,
  { from, to }: { from: Claim; to: Claim },
  { record, audit }: { record: KeyRecord; audit: readonly AuditEntry[] },
): void {
  checkRecordKey(to.key, record)
  const [source, target] = [freshRow(space, from), freshRow(space, to)]
  const text = JSON.stringify(record)
  const entries = structuredClone(audit)
  empty(source)
  target.record = text
  target.wakeAt = record.wakeAt
  target.fingerprints = fingerprintsIn(record)
  target.revision += 1
  target.claimId = null
  target.leaseUntil = now
  for (const [at, entry] of space.trail.entries())
    if (entry.key === from.key) space.trail[at] = { ...entry, key: to.key }
  for (const [rotation, ended] of space.finished)
    if (ended.key === from.key) space.finished.set(rotation, { ...ended, key: to.key })
  for (const entry of entries) space.trail.push({ ...entry, seq: space.trail.length + 1 })
}

export function forgetRecord(
  space: JournalSpace,
  claim: Claim,
  { audit, keptAs }: { audit: readonly AuditEntry[]; keptAs: string },
): void {
  const row = freshRow(space, claim)
  const entries = structuredClone(audit)
  if (row.record !== null) space.finished.set(keptAs, { key: claim.key, record: row.record })
  empty(row)
  for (const entry of entries) space.trail.push({ ...entry, seq: space.trail.length + 1 })
}

function empty(row: Row): void {
  row.record = null
  row.wakeAt = null
  row.fingerprints = []
  row.revision += 1
  row.claimId = null
}

function freshRow(space: JournalSpace, claim: Claim): Row {
  const row = heldRow(space, claim)
  if (row.revision !== claim.revision) throw toLostClaimError(claim.key)
  return row
}

export function heldRow(space: JournalSpace, claim: Claim): Row {
  const row = space.rows.get(claim.key)
  if (row?.claimId !== claim.claimId || row.fence !== claim.fence) throw toLostClaimError(claim.key)
  return row
}

export function newRow(): Row {
  return {
    record: null,
    wakeAt: null,
    fingerprints: [],
    revision: 0,
    fence: 0,
    claimId: null,
    holder: '',
    leaseMs: 0,
    leaseUntil: 0,
    renewals: 0,
  }
}

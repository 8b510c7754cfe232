import {
  type AuditEntry,
  type Claim,
  type CommitRequest,
  fingerprintsIn,
  type Receipt,
} from '../../../src/contracts/journal.ts'
import { checkRecordKey, toLostClaimError } from '../../shared/journal/errors.ts'
import type { Database } from './database.ts'
import type { Statements } from './statements.ts'

/**
 * Record, index, audit and finished rotation in one transaction, which also renews or ends the lease.
 * @throws JournalError `lost-claim` when the claim or its revision is stale.
 */
export async function commitRecord(
  database: Database,
  wallMs: () => number,
  claim: Claim,
  request: CommitRequest,
): Promise<Receipt> {
  checkRecordKey(claim.key, request.record)
  const record = JSON.stringify(request.record)
  return await database.write((statements) => {
    const now = wallMs()
    const committed = statements.get<{ revision: number; leaseUntil: number }>('commit', {
      key: claim.key,
      claimId: claim.claimId,
      fence: claim.fence,
      revision: claim.revision,
      record,
      wakeAt: request.record.wakeAt,
      release: request.release ? 1 : 0,
      now,
    })
    if (!committed) throw toLostClaimError(claim.key)
    indexFingerprints(statements, claim.key, fingerprintsIn(request.record))
    addTrail(statements, request.audit)
    const { finished } = request
    if (finished)
      statements.run('finish', {
        rotation: finished.id,
        key: claim.key,
        record: JSON.stringify(finished.record),
      })
    return { revision: committed.revision, now, leaseUntil: committed.leaseUntil }
  })
}

export function indexFingerprints(statements: Statements, key: string, named: readonly string[]): void {
  const rows = statements.all<{ fingerprint: string }>('fingerprintsOf', { key })
  const known = new Set(rows.map((row) => row.fingerprint))
  for (const fingerprint of named)
    if (!known.delete(fingerprint)) statements.run('addFingerprint', { key, fingerprint })
  for (const fingerprint of known) statements.run('dropFingerprint', { key, fingerprint })
}

export function addTrail(statements: Statements, audit: readonly AuditEntry[]): void {
  for (const entry of audit)
    statements.run('addTrail', {
      at: entry.at,
      key: entry.key,
      rotation: entry.rotation ?? null,
      kind: entry.kind,
      text: entry.text,
      data: entry.data === undefined ? null : JSON.stringify(entry.data),
    })
}

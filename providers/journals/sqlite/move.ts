/** Records that are moved to another name, or taken out: each in one transaction. */
import { type AuditEntry, type Claim, fingerprintsIn } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { checkRecordKey, toLostClaimError } from '../../shared/journal/errors.ts'
import { addTrail, indexFingerprints } from './commit.ts'
import type { Database } from './database.ts'
import type { KeyRow, Statements } from './statements.ts'

export function moveRecord(
  database: Database,
  wallMs: () => number,
  { from, to }: { from: Claim; to: Claim },
  { record, audit }: { record: KeyRecord; audit: readonly AuditEntry[] },
): Promise<void> {
  checkRecordKey(to.key, record)
  const text = JSON.stringify(record)
  return database.write((statements) => {
    takeOut(statements, from)
    const { wakeAt } = record
    const put = statements.get('commit', { ...heldBy(to), record: text, wakeAt, release: 1, now: wallMs() })
    if (!put) throw toLostClaimError(to.key)
    indexFingerprints(statements, to.key, fingerprintsIn(record))
    statements.run('moveTrail', { from: from.key, to: to.key })
    statements.run('moveFinished', { from: from.key, to: to.key })
    addTrail(statements, audit)
  })
}

export function forgetRecord(
  database: Database,
  claim: Claim,
  { audit, keptAs }: { audit: readonly AuditEntry[]; keptAs: string },
): Promise<void> {
  return database.write((statements) => {
    const record = statements.get<KeyRow>('readKey', { key: claim.key })?.record
    takeOut(statements, claim)
    if (record) statements.run('finish', { rotation: keptAs, key: claim.key, record })
    addTrail(statements, audit)
  })
}

function takeOut(statements: Statements, claim: Claim): void {
  if (!statements.get('takeOut', heldBy(claim))) throw toLostClaimError(claim.key)
  indexFingerprints(statements, claim.key, [])
}

function heldBy({ key, claimId, fence, revision }: Claim) {
  return { key, claimId, fence, revision }
}

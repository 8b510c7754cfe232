/** The journal in an SQLite file. */
import { resolve } from 'node:path'
import type { TimedContext } from '../../../src/contracts/call.ts'
import type { Ambient } from '../../../src/contracts/clock.ts'
import type { Claim, Journal, Receipt } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { checkLease, parseRecord, toLostClaimError } from '../../shared/journal/errors.ts'
import {
  CLAIM_ID_LENGTH,
  createLeaseWatch,
  type KeptSighting,
  type LeaseWatch,
} from '../../shared/journal/lease-watch.ts'
import { commitRecord } from './commit.ts'
import { createDatabase, type Database } from './database.ts'
import { openDocuments } from './documents.ts'
import { forgetRecord, moveRecord } from './move.ts'
import type { Options } from './options.ts'
import { readFinished, readSnapshot, readTrail } from './read.ts'
import type { KeyRow, Statements } from './statements.ts'
import { FileWatch } from './watch.ts'

const busyLimitMs = 5000

/** A journal in one SQLite file, opened at its first use. */
export function make(options: Options, context: TimedContext): Journal {
  return openSqliteJournal(resolve(context.stateFolder, options.path ?? 'journal.sqlite'), context)
}

/** A journal on the file at this path; tests set the waiting time for locks and the size limit. */
export function openSqliteJournal(
  path: string,
  ambient: Ambient,
  settings: { busyLimitMs?: number; maxPages?: number } = {},
): Journal {
  const { clock } = ambient
  const { wallMs } = clock
  const database = createDatabase({ path, clock, busyLimitMs, ...settings })
  const watch = createLeaseWatch(ambient)
  const fileWatch = new FileWatch({ path, database, clock })
  return {
    claim: (key, by) => claimKey(database, watch, ambient, key, by),
    renew: (claim) => renewClaim(database, wallMs, claim),
    commit: (claim, request) => commitRecord(database, wallMs, claim, request),
    move: (from, to, request) => moveRecord(database, wallMs, { from, to }, request),
    forget: (claim, request) => forgetRecord(database, claim, request),
    release: (claim) =>
      database.write((statements) => {
        if (!statements.get('release', heldBy(claim))) throw toLostClaimError(claim.key)
      }),
    noteLooks: (keys, at) =>
      database.write((statements) => {
        for (const key of keys) statements.run('noteLook', { key, at })
      }),
    load: (key) => database.read((statements) => readSnapshot(statements, key, wallMs())),
    list: (page) => listRecords(database, page),
    holders: (fingerprint) =>
      database.read((statements) =>
        statements.all<{ key: string }>('holders', { fingerprint }).map((row) => row.key),
      ),
    trail: (page) => database.read((statements) => readTrail(statements, page)),
    finished: (rotation) => database.read((statements) => readFinished(statements, rotation)),
    documents: openDocuments(database, fileWatch),
    watch: (changed, signal) => fileWatch.followKeys(changed, signal),
    async close() {
      database.close()
    },
  }
}

async function claimKey(
  database: Database,
  watch: LeaseWatch,
  { clock, random }: Ambient,
  key: string,
  by: { holder: string; leaseMs: number },
): Promise<Claim | 'held'> {
  checkLease(by.leaseMs)
  // Looked at without a lock first: those who wait for a claim must not hold up the one who has it.
  const seen = await database.read((statements) => judgeLease(statements, watch, key))
  if (!seen.isFree) {
    const { keep } = seen
    const { boot } = watch
    if (keep && boot !== null)
      await database.write((statements) => statements.run('keepSighting', { key, boot, ...keep }))
    return 'held'
  }
  return await database.write((statements) => {
    if (!judgeLease(statements, watch, key).isFree) return 'held'
    statements.run('dropSightings', { key })
    const now = clock.wallMs()
    const values = { key, claimId: random(CLAIM_ID_LENGTH), holder: by.holder, leaseMs: by.leaseMs }
    const leaseUntil = now + by.leaseMs
    const claimed = statements.get<KeyRow>('claim', { ...values, leaseUntil })
    if (!claimed) throw toLostClaimError(key)
    const record = claimed.record === null ? null : parseRecord(key, claimed.record)
    const { fence, revision } = claimed
    return { key, claimId: values.claimId, fence, record, revision, now, leaseUntil }
  })
}

function judgeLease(statements: Statements, watch: LeaseWatch, key: string): ReturnType<LeaseWatch['judge']> {
  const row = statements.get<KeyRow>('readKey', { key })
  if (!row) return { isFree: true }
  const { boot } = watch
  const kept =
    boot === null || row.claimId === null
      ? undefined
      : statements.get<KeptSighting>('sighting', { key, boot })
  return watch.judge(row, kept)
}

function renewClaim(database: Database, wallMs: () => number, claim: Claim): Promise<Receipt> {
  return database.write((statements) => {
    const now = wallMs()
    const renewed = statements.get<{ revision: number; leaseUntil: number }>('renew', {
      ...heldBy(claim),
      now,
    })
    if (!renewed) throw toLostClaimError(claim.key)
    return { revision: renewed.revision, now, leaseUntil: renewed.leaseUntil }
  })
}

function listRecords(
  database: Database,
  page: { wakeBefore?: number; after?: string; limit: number },
): Promise<KeyRecord[]> {
  const { wakeBefore, after = '', limit } = page
  return database.read((statements) => {
    const rows =
      wakeBefore === undefined
        ? statements.all<{ key: string; record: string }>('listAll', { after, limit })
        : statements.all<{ key: string; record: string }>('listWaking', { wakeBefore, after, limit })
    return rows.map((row) => parseRecord(row.key, row.record))
  })
}

function heldBy(claim: Claim): { key: string; claimId: string; fence: number } {
  return { key: claim.key, claimId: claim.claimId, fence: claim.fence }
}

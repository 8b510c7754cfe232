/* What a test of a journal provides, and helpers for its rules. */

import assert from 'node:assert/strict'
import type { Document, DocumentId, Documents } from '../../../src/contracts/documents.ts'
import type { JournalErrorCode } from '../../../src/contracts/errors.ts'
import { JournalError } from '../../../src/contracts/errors.ts'
import type { AuditEntry, Claim, Journal, Receipt } from '../../../src/contracts/journal.ts'
import { type KeyRecord, newRecord } from '../../../src/contracts/record.ts'

/** An empty journal store for one rule. */
export interface JournalFixture {
  /** Opens another journal on the same store, like another process would. The fixture closes what a rule leaves open. */
  open(): Promise<Journal>
  /** The length of the leases in the rules; short if time is real. */
  leaseMs: number
  /**
   * A holder whose process the journal knows to be gone, as `isProcessGone` tells it; absent: it never knows that.
   */
  goneHolder?: string
  /** Advances time for every journal and for the store's clock. */
  pass(ms: number): Promise<void>
}

export interface JournalRule {
  name: string
  run(fixture: JournalFixture): Promise<void>
}

/** Claims a key, which must be free. */
export async function take(
  journal: Journal,
  fixture: JournalFixture,
  key = 'web',
  holder = 'one',
): Promise<Claim> {
  const claim = await journal.claim(key, { holder, leaseMs: fixture.leaseMs })
  assert.notEqual(claim, 'held', `${key} was expected to be free`)
  return claim as Claim
}

/** Claims a foreign lease the way a waiting process does: looks, waits for the lease's length, looks again. */
export async function takeOver(
  journal: Journal,
  fixture: JournalFixture,
  key = 'web',
  holder = 'two',
): Promise<Claim> {
  const first = await journal.claim(key, { holder, leaseMs: fixture.leaseMs })
  if (first !== 'held') return first
  await fixture.pass(fixture.leaseMs + 1)
  return await take(journal, fixture, key, holder)
}

/** The holder's claim after a commit. */
export function advance(claim: Claim, receipt: Receipt): Claim {
  return { ...claim, ...receipt }
}

export function recordOf(key: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return { ...newRecord(key, 'k7f3'), ...changes }
}

export function entryOf(key: string, text: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return { at: 1_700_000_000_000, key, kind: 'intent', text, ...more }
}

/** Claims the key, writes this record and releases it again. */
export async function put(
  journal: Journal,
  fixture: JournalFixture,
  record: KeyRecord,
  audit: AuditEntry[] = [],
): Promise<void> {
  const claim = await take(journal, fixture, record.key)
  await journal.commit(claim, { record, audit, release: true })
}

/** Writes a document, which must be possible. */
export async function writeDocument(
  documents: Documents,
  at: DocumentId,
  text: string,
  revision = 0,
): Promise<Document> {
  const written = await documents.write(at, { text, revision })
  assert.notEqual(written, 'conflict', `${at.kind} ${at.name} was expected to be free to write`)
  return written as Document
}

export async function refuses(doing: Promise<unknown>, code: JournalErrorCode): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof JournalError, `not a JournalError: ${String(error)}`)
    assert.equal(error.code, code)
    assert.notEqual(error.nextStep, '')
    return true
  })
}

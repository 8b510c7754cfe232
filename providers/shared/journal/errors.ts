import { JournalError } from '../../../src/contracts/errors.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'

/** The claim is no longer the holder's, or its revision is stale; nothing was written. */
export function toLostClaimError(key: string): JournalError {
  return new JournalError(
    'lost-claim',
    `the claim of ${key} is over; nothing was written`,
    `Load ${key} again; another process may drive it now.`,
  )
}

export function toClosedError(): JournalError {
  return new JournalError('unavailable', 'it is closed', 'Open the journal again.')
}

/**
 * A record from its JSON text.
 * @throws JournalError `corrupt` when it is none, `newer-schema` when a later Keyrota wrote it.
 */
export function parseRecord(key: string, text: string): KeyRecord {
  const record = parseKept(key, text)
  if (record.schema === 1) return record as unknown as KeyRecord
  if (typeof record.schema === 'number' && record.schema > 1)
    throw new JournalError(
      'newer-schema',
      `the record of ${key} has schema ${record.schema}, this Keyrota knows 1`,
      'Run the newer Keyrota that wrote it.',
    )
  throw toDamagedError(key)
}

/**
 * An object of plain JSON that was kept for this key.
 * @throws JournalError `corrupt` when it is none.
 */
export function parseKept(key: string, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw toDamagedError(key, cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw toDamagedError(key)
  return value as Record<string, unknown>
}

function toDamagedError(key: string, cause?: unknown): JournalError {
  return new JournalError(
    'corrupt',
    `what is kept of ${key} cannot be read`,
    'Restore the journal from a backup; the rotations made since then are known by their marks at the issuers.',
    cause,
  )
}

/** @throws TypeError for a request that no caller may make: a programming mistake, found before anything is written. */
export function checkLease(leaseMs: number): void {
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 1)
    throw new TypeError('a lease is a whole number of milliseconds, at least one')
}

/** @throws TypeError when the record is of another key than the claim. */
export function checkRecordKey(claimed: string, record: KeyRecord): void {
  if (record.key !== claimed)
    throw new TypeError(`a commit under the claim of ${claimed} wrote ${record.key}`)
}

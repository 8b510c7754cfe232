/** Records and trails as they stand in an object. */
import { JournalError } from '../../../src/contracts/errors.ts'
import type { AuditEntry, ListPage, TrailEntry } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { parseKept, parseRecord } from '../../shared/journal/errors.ts'
import type { KeptEntry, KeptState } from './status-schema.ts'

/** Numbers of the trail between two versions of an object: more than one commit ever has. */
const SEQ_STEP = 1024

export function readRecord(
  key: string,
  { record, lookedAt }: Pick<KeptState, 'record' | 'lookedAt'>,
): KeyRecord | null {
  if (record === undefined) return null
  const parsed = parseRecord(key, record)
  return lookedAt === undefined ? parsed : { ...parsed, lookedAt }
}

/** Null also for a damaged one: each object is by itself, and one that somebody spoilt stops no other key. */
export function readSound(
  key: string,
  kept: Pick<KeptState, 'record' | 'lookedAt'>,
  damaged?: ListPage['damaged'],
): KeyRecord | null {
  try {
    return readRecord(key, kept)
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error
    damaged?.(key, error)
    return null
  }
}

/**
 * The trail with these entries. They are numbered by the version of the object that they follow, which grows over all
 * objects of a cluster; after a restore into another cluster they go on after the last one.
 */
export function addEntries(
  trail: readonly KeptEntry[],
  audit: readonly AuditEntry[],
  resourceVersion: string,
): readonly KeptEntry[] {
  const base = Number(resourceVersion) * SEQ_STEP
  const first = Math.max((trail.at(-1)?.seq ?? 0) + 1, Number.isSafeInteger(base) ? base : 0)
  return [...trail, ...audit.map((entry, index) => toKeptEntry(entry, first + index))]
}

function toKeptEntry({ at, kind, rotation, text, data }: AuditEntry, seq: number): KeptEntry {
  return {
    seq,
    at,
    kind,
    ...(rotation === undefined ? {} : { rotation }),
    text,
    ...(data === undefined ? {} : { data: JSON.stringify(data) }),
  }
}

export function toTrailEntry(key: string, { seq, at, kind, rotation, text, data }: KeptEntry): TrailEntry {
  return {
    seq,
    at,
    key,
    kind,
    text,
    ...(rotation === undefined ? {} : { rotation }),
    ...(data === undefined ? {} : { data: parseKept(key, data) }),
  }
}

import type { Document } from '../../../src/contracts/documents.ts'
import type { TrailEntry } from '../../../src/contracts/journal.ts'
import type { KeptSighting } from '../../shared/journal/lease-watch.ts'

/** What is kept of one managed key; the record as JSON text, so that no caller holds a part of it by reference. */
export interface Row {
  record: string | null
  wakeAt: number | null
  fingerprints: readonly string[]
  revision: number
  fence: number
  claimId: string | null
  holder: string
  leaseMs: number
  leaseUntil: number
  renewals: number
}

/** What the journals of one space share. */
export interface JournalSpace {
  readonly rows: Map<string, Row>
  readonly trail: TrailEntry[]
  /** What was seen of foreign leases, by key and start of the machine. */
  readonly sightings: Map<string, KeptSighting>
  /** Rotation → key and record as JSON text. */
  readonly finished: Map<string, { key: string; record: string }>
  /** Shared documents: `kind name` → the document. */
  readonly documents: Map<string, Document>
  /** Those who watch; each is called with the key whose record or claim was changed. */
  readonly watchers: Set<(key: string) => void>
  readonly documentWatchers: Set<(kind: string) => void>
}

const spaces = new Map<string, JournalSpace>()

/** The space of this name, made at its first use. */
export function journalSpace(name: string): JournalSpace {
  const known = spaces.get(name)
  if (known) return known
  const space: JournalSpace = {
    rows: new Map(),
    sightings: new Map(),
    trail: [],
    finished: new Map(),
    documents: new Map(),
    watchers: new Set(),
    documentWatchers: new Set(),
  }
  spaces.set(name, space)
  return space
}

/** Tells of every change until the signal aborts. */
export async function watchWith<T>(
  watchers: Set<(what: T) => void>,
  changed: (what: T) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  watchers.add(changed)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  watchers.delete(changed)
}

/** Forgets a space; journals opened before keep the old one. */
export function dropJournalSpace(name: string): void {
  spaces.delete(name)
}

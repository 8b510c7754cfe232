import type { DatabaseSync } from 'node:sqlite'
import { JournalError } from '../../../src/contracts/errors.ts'

/** Marks the file as a journal of Keyrota; the bytes of `Krot`. */
const applicationId = 0x4b726f74

/** Each entry takes the database from its index to the next version. An entry that was released never changes. */
const migrations: readonly string[] = [
  `CREATE TABLE managed_keys (
     key TEXT PRIMARY KEY,
     record TEXT,
     wake_at INTEGER,
     revision INTEGER NOT NULL,
     fence INTEGER NOT NULL,
     claim_id TEXT,
     holder TEXT NOT NULL,
     lease_ms INTEGER NOT NULL,
     lease_until INTEGER NOT NULL,
     renewals INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX managed_keys_by_wake ON managed_keys (wake_at, key) WHERE wake_at IS NOT NULL;
   CREATE TABLE fingerprints (
     fingerprint TEXT NOT NULL,
     key TEXT NOT NULL,
     PRIMARY KEY (fingerprint, key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX fingerprints_by_key ON fingerprints (key);
   CREATE TABLE trail (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     key TEXT NOT NULL,
     rotation TEXT,
     kind TEXT NOT NULL,
     text TEXT NOT NULL,
     data TEXT
   ) STRICT;
   CREATE INDEX trail_by_key ON trail (key, seq);
   CREATE INDEX trail_by_rotation ON trail (rotation, seq) WHERE rotation IS NOT NULL;
   CREATE TABLE finished (
     rotation TEXT PRIMARY KEY,
     key TEXT NOT NULL,
     record TEXT NOT NULL
   ) STRICT;`,
  // What one start of the machine saw of a foreign lease, and since when on its own clock.
  `CREATE TABLE sightings (
     key TEXT NOT NULL,
     boot TEXT NOT NULL,
     claim_id TEXT NOT NULL,
     revision INTEGER NOT NULL,
     renewals INTEGER NOT NULL,
     since_ms REAL NOT NULL,
     PRIMARY KEY (key, boot)
   ) STRICT, WITHOUT ROWID;`,
  // What processes share beside the records of keys.
  `CREATE TABLE documents (
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     revision INTEGER NOT NULL,
     text TEXT NOT NULL,
     PRIMARY KEY (kind, name)
   ) STRICT;`,
]

/**
 * Brings the tables to the version this Keyrota knows, each step in a transaction of its own; two processes that do
 * it at once wait for each other.
 * @throws JournalError `newer-schema` for a database of a later version, `corrupt` for one that is somebody else's.
 */
export function migrate(database: DatabaseSync, path: string, nowMs: number): void {
  checkOwner(database, path)
  if (readVersion(database, path) === migrations.length) return
  database.exec('BEGIN IMMEDIATE')
  database.exec(`PRAGMA application_id = ${applicationId}`)
  database.exec(
    'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT',
  )
  const record = database.prepare('INSERT INTO migrations (version, applied_at) VALUES (?, ?)')
  for (const [index, step] of migrations.entries()) {
    if (index < readVersion(database, path)) continue
    database.exec(step)
    record.run(index + 1, nowMs)
  }
  database.exec('COMMIT')
}

function readVersion(database: DatabaseSync, path: string): number {
  if (!hasTable(database, 'migrations')) return 0
  const row = database.prepare('SELECT max(version) AS version FROM migrations').get()
  const version = Number(row?.version ?? 0)
  if (version > migrations.length)
    throw new JournalError(
      'newer-schema',
      `${path} has schema ${version}, this Keyrota knows ${migrations.length}`,
      'Run the newer Keyrota that wrote it, or restore the backup made before the upgrade.',
    )
  return version
}

function checkOwner(database: DatabaseSync, path: string): void {
  // Both from one snapshot: another process may be making the tables just now.
  database.exec('BEGIN')
  const id = Number(database.prepare('PRAGMA application_id').get()?.application_id)
  const tables = Number(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count)
  database.exec('COMMIT')
  if (id === applicationId) return
  if (id === 0 && tables === 0) return
  throw new JournalError(
    'corrupt',
    `${path} is a database of another program`,
    'Name another file in the journal option `path`.',
  )
}

function hasTable(database: DatabaseSync, name: string): boolean {
  const statement = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
  return statement.get(name) !== undefined
}

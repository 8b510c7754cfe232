import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** A row of `managed_keys`. */
export interface KeyRow {
  key: string
  record: string | null
  revision: number
  fence: number
  claimId: string | null
  holder: string
  leaseMs: number
  leaseUntil: number
  renewals: number
}

export interface TrailRow {
  seq: number
  at: number
  key: string
  rotation: string | null
  kind: string
  text: string
  data: string | null
}

const keyColumns = `key, record, revision, fence, claim_id AS claimId, holder, lease_ms AS leaseMs,
  lease_until AS leaseUntil, renewals`
const isHeld = 'key = :key AND claim_id = :claimId AND fence = :fence'
const newest = 'seq > :after ORDER BY seq LIMIT :limit'

const sql = {
  readKey: `SELECT ${keyColumns} FROM managed_keys WHERE key = :key`,
  claim: `INSERT INTO managed_keys (key, revision, fence, claim_id, holder, lease_ms, lease_until, renewals)
    VALUES (:key, 0, 1, :claimId, :holder, :leaseMs, :leaseUntil, 0)
    ON CONFLICT (key) DO UPDATE SET fence = fence + 1, claim_id = excluded.claim_id, holder = excluded.holder,
      lease_ms = excluded.lease_ms, lease_until = excluded.lease_until, renewals = 0
    RETURNING ${keyColumns}`,
  sighting: `SELECT claim_id AS claimId, revision, renewals, since_ms AS sinceMs FROM sightings
    WHERE key = :key AND boot = :boot`,
  keepSighting: `INSERT INTO sightings (key, boot, claim_id, revision, renewals, since_ms)
    VALUES (:key, :boot, :claimId, :revision, :renewals, :sinceMs)
    ON CONFLICT (key, boot) DO UPDATE SET claim_id = excluded.claim_id, revision = excluded.revision,
      renewals = excluded.renewals, since_ms = excluded.since_ms`,
  dropSightings: 'DELETE FROM sightings WHERE key = :key',
  renew: `UPDATE managed_keys SET renewals = renewals + 1, lease_until = :now + lease_ms WHERE ${isHeld}
    RETURNING revision, lease_until AS leaseUntil`,
  release: `UPDATE managed_keys SET claim_id = NULL WHERE ${isHeld} RETURNING revision`,
  commit: `UPDATE managed_keys SET record = :record, wake_at = :wakeAt, revision = revision + 1,
      claim_id = CASE WHEN :release = 1 THEN NULL ELSE claim_id END,
      lease_until = CASE WHEN :release = 1 THEN :now ELSE :now + lease_ms END
    WHERE ${isHeld} AND revision = :revision
    RETURNING revision, lease_until AS leaseUntil`,
  takeOut: `UPDATE managed_keys SET record = NULL, wake_at = NULL, revision = revision + 1, claim_id = NULL
    WHERE ${isHeld} AND revision = :revision RETURNING revision`,
  moveTrail: 'UPDATE trail SET key = :to WHERE key = :from',
  moveFinished: 'UPDATE finished SET key = :to WHERE key = :from',
  noteLook: `UPDATE managed_keys SET record = json_set(record, '$.lookedAt', :at)
    WHERE key = :key AND claim_id IS NULL AND record IS NOT NULL`,
  listAll: `SELECT key, record FROM managed_keys WHERE key > :after AND record IS NOT NULL
    ORDER BY key LIMIT :limit`,
  listWaking: `SELECT key, record FROM managed_keys INDEXED BY managed_keys_by_wake
    WHERE wake_at <= :wakeBefore AND key > :after AND record IS NOT NULL ORDER BY key LIMIT :limit`,
  fingerprintsOf: 'SELECT fingerprint FROM fingerprints WHERE key = :key',
  addFingerprint: 'INSERT INTO fingerprints (fingerprint, key) VALUES (:fingerprint, :key)',
  dropFingerprint: 'DELETE FROM fingerprints WHERE fingerprint = :fingerprint AND key = :key',
  holders: 'SELECT key FROM fingerprints WHERE fingerprint = :fingerprint ORDER BY key',
  addTrail: `INSERT INTO trail (at, key, rotation, kind, text, data)
    VALUES (:at, :key, :rotation, :kind, :text, :data)`,
  trail: `SELECT * FROM trail WHERE ${newest}`,
  trailOfKey: `SELECT * FROM trail WHERE key = :key AND ${newest}`,
  trailOfRotation: `SELECT * FROM trail WHERE rotation = :rotation AND ${newest}`,
  trailOfKeyAndRotation: `SELECT * FROM trail WHERE rotation = :rotation AND key = :key AND ${newest}`,
  finish: `INSERT INTO finished (rotation, key, record) VALUES (:rotation, :key, :record)
    ON CONFLICT (rotation) DO UPDATE SET key = excluded.key, record = excluded.record`,
  finished: 'SELECT key, record FROM finished WHERE rotation = :rotation',
  readDocument: 'SELECT kind, name, revision, text FROM documents WHERE kind = :kind AND name = :name',
  addDocument: `INSERT INTO documents (kind, name, revision, text) VALUES (:kind, :name, 1, :text)
    ON CONFLICT (kind, name) DO NOTHING RETURNING revision`,
  changeDocument: `UPDATE documents SET text = :text, revision = revision + 1
    WHERE kind = :kind AND name = :name AND revision = :revision RETURNING revision`,
  removeDocument: `DELETE FROM documents WHERE kind = :kind AND name = :name AND revision = :revision
    RETURNING revision`,
  listDocuments: `SELECT kind, name, revision, text FROM documents WHERE kind = :kind AND name > :after
    ORDER BY name LIMIT :limit`,
  dataVersion: 'SELECT data_version AS version FROM pragma_data_version()',
  states: `SELECT key, revision || '/' || fence || '/' || (claim_id IS NULL) AS state FROM managed_keys`,
  documentStates: `SELECT kind || ' ' || name AS key, revision || '/' || rowid AS state FROM documents`,
} satisfies Record<string, string>

export type StatementName = keyof typeof sql

export interface Statements {
  /** The first row of this statement, whose columns are as its text names them. */
  get<T>(name: StatementName, values: Record<string, SQLInputValue>): T | undefined
  all<T>(name: StatementName, values: Record<string, SQLInputValue>): T[]
  run(name: StatementName, values: Record<string, SQLInputValue>): void
}

/** Prepares each statement at its first use and keeps it as long as the connection. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = new Map<StatementName, StatementSync>()

  function prepare(name: StatementName): StatementSync {
    const known = prepared.get(name)
    if (known) return known
    const statement = database.prepare(sql[name])
    prepared.set(name, statement)
    return statement
  }
  return {
    get: <T>(name: StatementName, values: Record<string, SQLInputValue>) =>
      prepare(name).get(values) as T | undefined,
    all: <T>(name: StatementName, values: Record<string, SQLInputValue>) => prepare(name).all(values) as T[],
    run(name, values) {
      prepare(name).run(values)
    },
  }
}

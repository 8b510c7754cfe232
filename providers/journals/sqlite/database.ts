/** The file behind the SQLite journal: opened at first use, retried while locked. */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../../src/contracts/clock.ts'
import { JournalError } from '../../../src/contracts/errors.ts'
import { toClosedError } from '../../shared/journal/errors.ts'
import { isBusy, toJournalError } from './errors.ts'
import { loadSqlite } from './load-sqlite.ts'
import { migrate } from './migrations.ts'
import { prepareStatements, type Statements } from './statements.ts'

/** SQLite waits for a lock with the whole process standing still, so it waits briefly and we go on waiting. */
const lockWaitMs = 50
const retryPauseMs = 20

export interface DatabaseSettings {
  path: string
  /** How long a lock of another process is waited for in all. */
  busyLimitMs: number
  clock: Clock
  /** Upper limit of the file's size in pages of 4 KiB; SQLite's own by default. */
  maxPages?: number
}

export interface Database {
  /** Reads without a lock; each statement sees one consistent state. */
  read<T>(work: (statements: Statements) => T): Promise<T>
  /** Does the work in one transaction that holds the write lock from its start; an error undoes all of it. */
  write<T>(work: (statements: Statements) => T): Promise<T>
  close(): void
}

interface Connection {
  database: DatabaseSync
  statements: Statements
}

/**
 * The journal's file, opened at first use. Every failure of SQLite or the file system comes out as a JournalError.
 */
export function createDatabase(settings: DatabaseSettings): Database {
  let connection: Connection | undefined
  let isClosed = false

  function connect(): Connection {
    if (isClosed) throw toClosedError()
    connection ??= openConnection(settings)
    return connection
  }

  function disconnect(): void {
    const { database } = connection ?? {}
    connection = undefined
    database?.close()
  }

  function readOnce<T>(work: (statements: Statements) => T): T {
    try {
      return work(connect().statements)
    } catch (error) {
      leaveClean(error)
      throw error
    }
  }

  function writeOnce<T>(work: (statements: Statements) => T): T {
    try {
      const { database, statements } = connect()
      database.exec('BEGIN IMMEDIATE')
      const answer = work(statements)
      database.exec('COMMIT')
      return answer
    } catch (error) {
      leaveClean(error)
      throw error
    }
  }

  /** After a refusal of ours the transaction is rolled back; after a failure only a new connection is surely clean. */
  function leaveClean(error: unknown): void {
    const isInside = connection?.database.isTransaction ?? false
    if (error instanceof JournalError && isInside) connection?.database.exec('ROLLBACK')
    else if (isInside || !isBusy(error)) disconnect()
  }

  return {
    read: (work) => persist(settings, () => readOnce(work)),
    write: (work) => persist(settings, () => writeOnce(work)),
    close() {
      isClosed = true
      disconnect()
    },
  }
}

/** Tries again while another process holds the lock; nothing was done by then. */
async function persist<T>(settings: DatabaseSettings, attempt: () => T): Promise<T> {
  const { clock } = settings
  const startedMs = clock.monotonicMs()
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() - startedMs >= settings.busyLimitMs)
        throw toJournalError(error, settings.path)
    }
    await clock.sleep(retryPauseMs)
  }
}

function openConnection({ path, clock, maxPages }: DatabaseSettings): Connection {
  makeFile(path)
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { timeout: lockWaitMs })
  try {
    migrate(database, path, clock.wallMs())
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
    if (mode !== 'wal')
      throw new JournalError(
        'unavailable',
        `${path} cannot be written ahead (journal mode ${String(mode)})`,
        'Keep the journal on a local disk, not on a network file system.',
      )
    // A commit that was answered survives a power cut: WAL alone would lose the last ones.
    database.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF')
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`)
    return { database, statements: prepareStatements(database) }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Makes folder and file before SQLite does, which would follow the umask; its -wal and -shm take the file's mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
}

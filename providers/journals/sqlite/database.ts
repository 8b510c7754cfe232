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

/** One change that waits for the next transaction. */
interface Work {
  /** Makes the change; what it returns tells the caller of it once it is committed. */
  run(statements: Statements): () => void
  reject(error: unknown): void
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

  /** All of them in one transaction; one that is refused is undone alone, one that fails undoes all. */
  function writeOnce(works: readonly Work[]): (() => void)[] {
    try {
      const { database, statements } = connect()
      database.exec('BEGIN IMMEDIATE')
      const told = works.map((work) => runInside(database, statements, work))
      database.exec('COMMIT')
      return told
    } catch (error) {
      leaveClean(error)
      throw error
    }
  }

  let queue: Work[] = []

  /** What was asked for in one turn of the event loop is written and synced together. */
  async function flush(): Promise<void> {
    await settings.clock.sleep(0)
    const works = queue
    queue = []
    await writeAll(works)
  }

  async function writeAll(works: readonly Work[]): Promise<void> {
    try {
      for (const tell of await persist(settings, () => writeOnce(works))) tell()
    } catch (error) {
      // Which of them it was is found out one by one: the others must not fail with it.
      if (works.length === 1) works[0]?.reject(error)
      else for (const work of works) await writeAll([work])
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
    write: (run) =>
      new Promise((resolve, reject) => {
        queue.push({ run: (statements) => settle(run(statements), resolve), reject })
        if (queue.length === 1) void flush()
      }),
    close() {
      isClosed = true
      disconnect()
    },
  }
}

function settle<T>(answer: T, resolve: (answer: T) => void): () => void {
  return () => resolve(answer)
}

/** A change that is refused (a claim that is over) is undone and told, and the others of its transaction stay. */
function runInside(database: DatabaseSync, statements: Statements, work: Work): () => void {
  database.exec('SAVEPOINT one')
  try {
    const tell = work.run(statements)
    database.exec('RELEASE one')
    return tell
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    database.exec('ROLLBACK TO one; RELEASE one')
    return () => work.reject(error)
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

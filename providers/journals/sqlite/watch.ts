/**
 * Notices what other processes of this machine change in the file. The system tells that the file was written; SQLite
 * tells whether another connection wrote it; and comparing revisions and claims tells which keys that was about.
 */
import { watch as watchFiles } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Bell, makeBell } from '../../../src/contracts/bell.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import { JournalError } from '../../../src/contracts/errors.ts'
import type { Database } from './database.ts'

/** A commit writes the file several times, and a rotation commits several times: they are looked at together. */
const GATHER_MS = 100
/** Beyond so many changed keys everything is read again. */
const MOST_NAMED = 100

interface Seen {
  key: string
  state: string
}

/**
 * Calls `changed` for each key that another connection has changed or claimed or let go; null: for many. A look that
 * found nothing new is not told. File systems that tell nothing of the writes of others, such as those of a network,
 * make this silent; SQLite must not be used on them anyway.
 * @throws JournalError `unavailable` when the folder cannot be watched, or the file cannot be read
 */
export async function watchFile(
  about: { path: string; database: Database; clock: Clock },
  changed: (key: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const { path, database, clock } = about
  const ended = new AbortController()
  const written = watchWrites(path, AbortSignal.any([signal, ended.signal]))
  try {
    let version = await readVersion(database)
    let known = await readStates(database)
    while (await written.next()) {
      await clock.sleep(GATHER_MS, signal)
      written.clear()
      const now = await readVersion(database)
      if (now === version) continue
      version = now
      const states = await readStates(database)
      const keys = findChanged(known, states)
      known = states
      for (const key of keys.length > MOST_NAMED ? [null] : keys) changed(key)
    }
  } finally {
    ended.abort()
    written.close()
  }
}

/** A number that changes whenever another connection has changed the file. */
async function readVersion(database: Database): Promise<number> {
  const row = await database.read((statements) => statements.get<{ version: number }>('dataVersion', {}))
  return row?.version ?? 0
}

async function readStates(database: Database): Promise<Map<string, string>> {
  const rows = await database.read((statements) => statements.all<Seen>('states', {}))
  return new Map(rows.map(({ key, state }) => [key, state]))
}

function findChanged(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const changed = [...after].flatMap(([key, state]) => (before.get(key) === state ? [] : [key]))
  return [...changed, ...[...before.keys()].filter((key) => !after.has(key))]
}

/** Rings at the system's notices about the file, its `-wal` and its `-shm`. Fails with JournalError. */
function watchWrites(path: string, signal: AbortSignal): Bell {
  const bell = makeBell(signal)
  const fail = (cause: unknown) => bell.fail(toError(path, cause))
  const name = basename(path)
  try {
    const watcher = watchFiles(dirname(path), { signal }, (_event, file) => {
      if (file === null || file.startsWith(name)) bell.ring()
    })
    watcher.on('error', fail)
  } catch (cause) {
    fail(cause)
  }
  return bell
}

function toError(path: string, cause: unknown): JournalError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  return new JournalError(
    'unavailable',
    `${dirname(path)} cannot be watched (${code})`,
    'Raise the limit of watched files of this system (fs.inotify.max_user_watches and max_user_instances on Linux).',
    cause,
  )
}

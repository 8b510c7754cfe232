/**
 * Notices what other processes of this machine change in the file. The system tells that the file was written; SQLite
 * tells whether another connection wrote it; and comparing revisions and claims tells which keys and documents that was about.
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

/** Looks at what has changed since it looked before; at first it only looks. */
type Look = () => Promise<void>

interface Loop {
  readonly looks: Set<Look>
  readonly begun: Promise<unknown>
  readonly done: Promise<void>
  end(): void
}

/** Everybody of this process who waits for changes of the file, behind one watch of the system. */
export class FileWatch {
  readonly #about: { path: string; database: Database; clock: Clock }
  readonly #tellDocument = new Set<(kind: string) => void>()
  #loop: Loop | undefined

  constructor(about: { path: string; database: Database; clock: Clock }) {
    this.#about = about
  }

  /**
   * Calls `changed` for each key that another connection has changed or claimed or let go; null: for many. A look that
   * found nothing new is not told. File systems that tell nothing of the writes of others, such as those of a network,
   * make this silent; SQLite must not be used on them anyway.
   * @throws JournalError `unavailable` when the folder cannot be watched, or the file cannot be read
   */
  async followKeys(changed: (key: string | null) => void, signal: AbortSignal): Promise<void> {
    const { database } = this.#about
    await this.#follow(makeLook(database, 'states', changed), signal)
  }

  /** The same for documents, by their kind; what this process has written itself is told too. */
  async followDocuments(changed: (kind: string | null) => void, signal: AbortSignal): Promise<void> {
    const look = makeLook(this.#about.database, 'documentStates', (place) =>
      changed(place === null ? null : place.slice(0, place.indexOf(' '))),
    )
    this.#tellDocument.add(changed)
    try {
      await this.#follow(look, signal)
    } finally {
      this.#tellDocument.delete(changed)
    }
  }

  /** This process has written a document of this kind. */
  wroteDocument(kind: string): void {
    for (const tell of this.#tellDocument) tell(kind)
  }

  async #follow(look: Look, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#loop ??= this.#begin()
    const loop = this.#loop
    const stopped = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => stopped.resolve(), { once: true })
    loop.looks.add(look)
    try {
      await Promise.race([loop.begun.then(look), loop.done])
      await Promise.race([stopped.promise, loop.done])
    } finally {
      loop.looks.delete(look)
      if (loop.looks.size === 0) {
        loop.end()
        if (this.#loop === loop) this.#loop = undefined
        // Why it ended was thrown above, if it was not asked to.
        await Promise.allSettled([loop.done])
      }
    }
  }

  #begin(): Loop {
    const { path, database, clock } = this.#about
    const ended = new AbortController()
    const looks = new Set<Look>()
    const begin = async () => {
      // Opening it makes the file, whose folder is watched; what is written from then on is noticed.
      await readVersion(database)
      const written = watchWrites(path, ended.signal)
      return { written, version: await readVersion(database) }
    }
    const begun = begin()
    const work = async () => {
      let { written, version } = await begun
      while (await written.next()) {
        await clock.sleep(GATHER_MS, ended.signal)
        written.clear()
        const now = await readVersion(database)
        if (now === version) continue
        version = now
        for (const look of looks) await look()
      }
    }
    const done = work().finally(() => {
      ended.abort()
      if (this.#loop?.looks === looks) this.#loop = undefined
    })
    // Each follower hears of it; none may be there at the moment.
    void Promise.allSettled([done])
    return { looks, begun, done, end: () => ended.abort() }
  }
}

function makeLook(
  database: Database,
  what: 'states' | 'documentStates',
  changed: (key: string | null) => void,
): Look {
  let known: ReadonlyMap<string, string> | undefined
  return async () => {
    const states = await readStates(database, what)
    const keys = known === undefined ? [] : findChanged(known, states)
    known = states
    for (const key of keys.length > MOST_NAMED ? [null] : keys) changed(key)
  }
}

/** A number that changes whenever another connection has changed the file. */
async function readVersion(database: Database): Promise<number> {
  const row = await database.read((statements) => statements.get<{ version: number }>('dataVersion', {}))
  return row?.version ?? 0
}

async function readStates(
  database: Database,
  what: 'states' | 'documentStates',
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.read((statements) => statements.all<Seen>(what, {}))
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

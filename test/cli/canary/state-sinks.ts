import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Installation } from '../installation.ts'
import type { Sink } from './search.ts'
import { listFiles } from './watch.ts'

/* What an installation leaves behind in its state folder, as places in which no value of a key may be found. */

/** The journal's file, its write-ahead log and its shared memory, to the byte. */
export function readJournalFiles(installation: Pick<Installation, 'state'>): Sink[] {
  return listFiles(installation.state)
    .filter((path) => basename(path).startsWith('journal.sqlite'))
    .map((path) => ({ name: `file ${basename(path)}`, bytes: readFileSync(path) }))
}

/** What the env file's store keeps for itself. */
export function readKept(installation: Pick<Installation, 'state'>): Sink[] {
  return listFiles(join(installation.state, 'env-file')).map((path) => ({
    name: `kept by the store in ${basename(path)}`,
    bytes: readFileSync(path),
  }))
}

/** Every text in the journal, however it lies in the file: long ones are spread over pages there. */
export function readJournal(installation: Pick<Installation, 'state'>): Sink[] {
  const path = join(installation.state, 'journal.sqlite')
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { readOnly: true })
  } catch {
    // No command has opened a journal in this scene.
    return []
  }
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all())
  database.close()
  const texts = rows.flatMap((row) => Object.values(row)).filter((cell) => typeof cell === 'string')
  return [{ name: 'rows of the journal', bytes: Buffer.from(texts.join('\n')) }]
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSqliteJournal } from '../../../../providers/journals/sqlite/index.ts'
import type { Journal } from '../../../../src/contracts/journal.ts'
import { type KeyRecord, newRecord } from '../../../../src/contracts/record.ts'
import { machine } from '../../../../src/machine.ts'

let folder: string
let path: string
const opened: Journal[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'))
  path = join(folder, 'journal.sqlite')
})
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close()
  rmSync(folder, { recursive: true })
})

function open(settings: Parameters<typeof openSqliteJournal>[2] = {}): Journal {
  const journal = openSqliteJournal(path, machine, settings)
  opened.push(journal)
  return journal
}

/** Claims, commits and releases one record with this much text in it. */
async function put(journal: Journal, key: string, changes: Partial<KeyRecord> = {}): Promise<void> {
  const claim = await journal.claim(key, { holder: 'one', leaseMs: 1000 })
  if (claim === 'held') throw new Error(`${key} is held`)
  await journal.commit(claim, { record: { ...newRecord(key, 'k7f3'), ...changes }, audit: [], release: true })
}

describe('a failing file', () => {
  test('that is full is unavailable, stays whole, and goes on when there is room', async () => {
    await put(open(), 'web', { lastMark: 1 })
    const full = open({ maxPages: 20 })
    const large = [{ kind: 'shared-value' as const, detail: 'x'.repeat(200_000), since: 1 }]
    await expect(put(full, 'web', { lastMark: 2, violations: large })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no space'),
      nextStep: expect.stringContaining('room'),
    })
    const { record, lease } = await open().load('web')
    expect([record?.lastMark, lease?.holder]).toEqual([1, 'one'])
    await put(full, 'small', { lastMark: 3 })
    expect((await full.load('small')).record?.lastMark).toBe(3)
  })

  test('that stays locked is unavailable after the limit, and nothing was written', async () => {
    await put(open(), 'web')
    const locker = new DatabaseSync(path)
    locker.exec('BEGIN IMMEDIATE')
    const journal = open({ busyLimitMs: 100 })
    await expect(put(journal, 'api')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/locked/),
    })
    locker.exec('ROLLBACK')
    locker.close()
    expect((await journal.load('api')).lease).toBeNull()
    await put(journal, 'api')
  })

  test('that is briefly locked is waited for', async () => {
    await put(open(), 'web')
    const locker = new DatabaseSync(path)
    locker.exec('BEGIN IMMEDIATE')
    const writing = put(open(), 'api')
    setTimeout(() => locker.exec('ROLLBACK'), 120)
    await writing
    locker.close()
  })

  test('that is no database is corrupt, says what to do, and is left as it is', async () => {
    await put(open(), 'web')
    await opened.pop()?.close()
    writeFileSync(path, 'not a database at all, but long enough to be looked at'.repeat(40))
    await expect(open().load('web')).rejects.toMatchObject({
      code: 'corrupt',
      nextStep: expect.stringContaining('backup'),
    })
    expect(readFileSync(path, 'utf8')).toContain('not a database')
  })

  test('whose pages are damaged is corrupt', async () => {
    const journal = open()
    for (let index = 0; index < 50; index += 1) await put(journal, `key-${index}`)
    await opened.pop()?.close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 4096, bytes.length - 100))
    const damaged = open()
    await expect(damaged.list({ limit: 99 })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('that holds a record nobody can parse is corrupt, and names the key', async () => {
    await put(open(), 'web')
    change("UPDATE managed_keys SET record = '{'")
    await expect(open().load('web')).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/web/),
    })
  })

  test('of another program is refused and left alone', async () => {
    await put(open(), 'web')
    await opened.pop()?.close()
    rmSync(path)
    change('CREATE TABLE theirs (id INTEGER)')
    await expect(open().load('web')).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/another program/),
    })
    const look = new DatabaseSync(path)
    expect(look.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }])
    expect(look.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
    look.close()
  })
})

describe('an earlier Keyrota', () => {
  test.each([1, 2])(
    'whose tables are of version %i: everything is kept, and what is new works',
    async (version) => {
      const old = open()
      await put(old, 'web', { lastMark: 7 })
      const held = await old.claim('api', { holder: 'one', leaseMs: 600_000 })
      await old.close()
      change('DROP TABLE documents')
      if (version < 2) change('DROP TABLE sightings')
      change(`DELETE FROM migrations WHERE version > ${version}`)
      const [one, two] = [open(), open()]
      await Promise.all([one.load('web'), two.load('web')])
      expect((await one.load('web')).record).toMatchObject({ key: 'web', lastMark: 7 })
      expect(held).not.toBe('held')
      expect((await two.load('api')).lease?.holder).toBe('one')
      expect(await one.documents.read({ kind: 'budget', name: 'a' })).toBeNull()
      await one.documents.write({ kind: 'budget', name: 'a' }, { text: '1', revision: 0 })
      expect(await two.documents.list('budget', { limit: 2 })).toHaveLength(1)
    },
  )
})

describe('a later Keyrota', () => {
  test('whose tables are newer is told apart, and nothing is changed', async () => {
    await put(open(), 'web')
    change('INSERT INTO migrations VALUES (99, 1)')
    await expect(open().load('web')).rejects.toMatchObject({
      code: 'newer-schema',
      nextStep: expect.stringMatching(/newer Keyrota/),
    })
  })

  test('whose record is newer is told apart', async () => {
    await put(open(), 'web')
    change(`UPDATE managed_keys SET record = json_set(record, '$.schema', 2)`)
    await expect(open().claim('web', { holder: 'one', leaseMs: 1000 })).rejects.toMatchObject({
      code: 'newer-schema',
    })
    expect(await open().load('other')).toMatchObject({ lease: null })
  })
})

describe('many keys', () => {
  test('are found through an index, not by reading every record', async () => {
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
    const journal = open()
    await journal.list({ limit: 1 })
    await journal.list({ wakeBefore: 1, limit: 1 })
    await journal.holders('aaaa')
    for (const page of [{}, { key: 'web' }, { rotation: 'r1' }, { key: 'web', rotation: 'r1' }])
      await journal.trail({ ...page, limit: 1 })
    await journal.finished('r1')
    const asked = prepare.mock.calls
      .map(([sql]) => sql)
      .filter((sql) => sql.startsWith('SELECT') && sql.includes(':'))
    prepare.mockRestore()
    const look = new DatabaseSync(path)
    expect(asked).toHaveLength(8)
    for (const sql of asked) {
      const [first] = look.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      expect(first?.detail).toMatch(/^SEARCH /)
    }
    look.close()
  })
})

describe('the warning of Node 22 that SQLite is experimental', () => {
  test('is dropped, and no other one', async () => {
    vi.resetModules()
    const { loadSqlite } = await import('../../../../providers/journals/sqlite/load-sqlite.ts')
    const heard = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const load = vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => {
      process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning')
      process.emitWarning('Something else is experimental', 'ExperimentalWarning')
      process.emitWarning('SQLite is old', 'DeprecationWarning')
      return {}
    }) as never)
    loadSqlite()
    expect(heard.mock.calls.map(([text]) => text)).toEqual([
      'Something else is experimental',
      'SQLite is old',
    ])
    expect(process.emitWarning).toBe(heard)
    load.mockRestore()
    heard.mockRestore()
  })
})

/** What a stranger does to the file, past the journal. */
function change(sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

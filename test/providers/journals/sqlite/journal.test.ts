import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make, openSqliteJournal } from '../../../../providers/journals/sqlite/index.ts'
import { options } from '../../../../providers/journals/sqlite/options.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import type { Journal } from '../../../../src/contracts/journal.ts'
import { type KeyRecord, newRecord } from '../../../../src/contracts/record.ts'
import { machine } from '../../../../src/machine.ts'
import { type JournalFixture, journalLaw } from '../../../laws/journal.ts'
import { VirtualClock } from '../../../shared/virtual-clock.ts'

let folder: string
let path: string
const opened: Journal[] = []
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'))
  path = join(folder, 'state', 'journal.sqlite')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const journal of opened.splice(0)) await journal.close()
  rmSync(folder, { recursive: true })
})

function open(clock: Clock = machine.clock, isProcessGone = machine.isProcessGone): Journal {
  const journal = openSqliteJournal(path, { ...machine, clock, ...(isProcessGone ? { isProcessGone } : {}) })
  opened.push(journal)
  return journal
}

/** Claims, commits and releases one record with this much text in it. */
async function put(journal: Journal, key: string, changes: Partial<KeyRecord> = {}): Promise<void> {
  const claim = await journal.claim(key, { holder: 'one', leaseMs: 1000 })
  if (claim === 'held') throw new Error(`${key} is held`)
  await journal.commit(claim, { record: { ...newRecord(key, 'k7f3'), ...changes }, audit: [], release: true })
}

function makeFixture(): JournalFixture {
  const clock = new VirtualClock()
  return {
    leaseMs: 1000,
    goneHolder: 'gone',
    open: async () => open(clock, (holder) => holder === 'gone'),
    pass: async (ms) => clock.pass(ms),
  }
}

describe('the law of journals', () => {
  for (const rule of journalLaw) test(rule.name, () => rule.run(makeFixture()))
})

describe('the file', () => {
  test('is made at the first use, for its owner alone, in a folder for its owner alone', async () => {
    const journal = make(options.parse({}), {
      name: 'journal',
      stateFolder: join(folder, 'state'),
      ...machine,
    })
    opened.push(journal)
    expect(() => statSync(path)).toThrow('ENOENT')
    await put(journal, 'web')
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700)
  })

  test('lies where `path` says; a relative one starts in the state folder', async () => {
    const journal = make(options.parse({ path: 'deep/own.db' }), {
      name: 'journal',
      stateFolder: folder,
      ...machine,
    })
    opened.push(journal)
    await put(journal, 'web')
    expect(statSync(join(folder, 'deep/own.db')).isFile()).toBe(true)
  })

  test('that others could read is tightened', async () => {
    await put(open(), 'web')
    await opened.pop()?.close()
    chmodSync(path, 0o644)
    await open().load('web')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('is written ahead, and synced at every commit', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec')
    await put(open(), 'web')
    expect(exec.mock.calls.flat()).toContainEqual(expect.stringContaining('synchronous = FULL'))
    exec.mockRestore()
    const look = new DatabaseSync(path)
    expect(look.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    look.close()
  })

  test('that cannot be opened is unavailable, with what to do', async () => {
    writeFileSync(join(folder, 'state'), 'a file where the folder should be')
    await expect(open().load('web')).rejects.toMatchObject({
      code: 'unavailable',
      nextStep: expect.stringMatching(/right/),
    })
  })
})

describe('processes', () => {
  test('that claim at once win each key exactly once', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
    await put(open(), 'other')
    const startAt = String(Date.now() + 700)
    const answers = await Promise.all([1, 2, 3].map(() => runClaimer([path, startAt, keys.join(',')])))
    expect(answers.flat().sort()).toEqual([...keys].sort())
  })

  test('that create the file at once agree on it', async () => {
    const startAt = String(Date.now() + 700)
    const answers = await Promise.all([1, 2, 3].map(() => runClaimer([path, startAt, 'web'])))
    expect(answers.flat()).toEqual(['web'])
  })

  test('that were killed on this machine free their claims at once, where it shows that, and no sooner', async () => {
    expect(await runClaimer([path, '0', 'web', 'named'])).toEqual(['web'])
    const journal = open()
    expect(await journal.claim('web', { holder: 'two', leaseMs: 1000 })).toBe('held')
    const child = children.pop()
    child?.kill('SIGKILL')
    if (child) await once(child, 'exit')
    const claim = await journal.claim('web', { holder: 'two', leaseMs: 1000 })
    expect(claim === 'held').toBe(process.platform !== 'linux')
  })

  test('that were killed elsewhere leave their claim to be watched, and the file whole', async () => {
    expect(await runClaimer([path, '0', 'web'])).toEqual(['web'])
    const child = children.pop()
    child?.kill('SIGKILL')
    const clock = new VirtualClock()
    const journal = open(clock)
    expect(await journal.claim('web', { holder: 'two', leaseMs: 1000 })).toBe('held')
    clock.pass(59_999)
    expect(await journal.claim('web', { holder: 'two', leaseMs: 1000 })).toBe('held')
    clock.pass(1)
    expect(await journal.claim('web', { holder: 'two', leaseMs: 1000 })).toMatchObject({ fence: 2 })
  })
})

describe('a wall clock that jumps', () => {
  test('breaks no lease', async () => {
    const clock = new VirtualClock()
    const [one, two] = [open(clock), open(clock)]
    const claim = await one.claim('web', { holder: 'one', leaseMs: 1000 })
    expect(await two.claim('web', { holder: 'two', leaseMs: 1000 })).toBe('held')
    clock.jump(10 * 365 * 86_400_000)
    expect(await two.claim('web', { holder: 'two', leaseMs: 1000 })).toBe('held')
    expect(claim).not.toBe('held')
  })
})

async function runClaimer(args: string[]): Promise<string[]> {
  const script = fileURLToPath(new URL('./claimer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString())
}

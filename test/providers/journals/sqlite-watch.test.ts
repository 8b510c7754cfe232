/* What a journal in a file notices of other connections, and what of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../../providers/journals/sqlite/index.ts'
import type { Journal } from '../../../src/contracts/journal.ts'
import { newRecord } from '../../../src/contracts/record.ts'
import { machine } from '../../../src/machine.ts'

let folder: string
let mine: Journal
let other: Journal
let noticed: (string | null)[]
let ending: AbortController
let watching: Promise<void>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-watch-'))
  mine = openSqliteJournal(join(folder, 'journal.sqlite'), machine)
  other = openSqliteJournal(join(folder, 'journal.sqlite'), machine)
  noticed = []
  ending = new AbortController()
  watching = mine.watch?.((key) => void noticed.push(key), ending.signal) ?? Promise.reject(new Error('none'))
  // From the first notice on each change is noticed.
  for (let tries = 0; tries < 60 && noticed.length === 0; tries += 1) {
    await put(other, 'begin')
    await machine.clock.sleep(200)
  }
  await machine.clock.sleep(300)
  noticed.length = 0
})

afterEach(async () => {
  ending.abort()
  await watching
  await mine.close()
  await other.close()
  rmSync(folder, { recursive: true })
})

async function put(journal: Journal, key: string): Promise<void> {
  const claim = await journal.claim(key, { holder: 'test', leaseMs: 60_000 })
  if (claim === 'held') throw new Error(`${key} is held`)
  await journal.commit(claim, { record: newRecord(key, 'k7f3'), audit: [], release: true })
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries += 1) await machine.clock.sleep(50)
  expect(isSo()).toBe(true)
}

test('a record that another connection has written is told by its key, and no other', async () => {
  await put(other, 'web')
  await until(() => noticed.includes('web'))
  expect(new Set(noticed)).toEqual(new Set(['web']))
})

test('a claim of another connection and its end are told; renewals and commits of its own are not', async () => {
  await put(mine, 'own')
  const claim = await other.claim('web', { holder: 'test', leaseMs: 60_000 })
  if (claim === 'held') throw new Error('held')
  await until(() => noticed.includes('web'))
  // Its own commit came first, and is in what it compares with by then.
  expect(noticed.filter((key) => key !== 'own')).toEqual(['web'])
  noticed.length = 0
  await other.renew(claim)
  await put(mine, 'again')
  await machine.clock.sleep(400)
  expect(noticed.filter((key) => key !== 'again')).toEqual([])
  await other.release(claim)
  await until(() => noticed.includes('web'))
})

test('many keys at once are told as all', async () => {
  await Promise.all(Array.from({ length: 150 }, (_, index) => put(other, `key-${index}`)))
  await until(() => noticed.includes(null) || noticed.length >= 150)
})

test('commits of its own alone are not told', async () => {
  for (let count = 0; count < 5; count += 1) await put(mine, 'own')
  await machine.clock.sleep(500)
  expect(noticed).toEqual([])
})

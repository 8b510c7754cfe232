/* A changed config is noticed however it was changed. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchConfigFile } from '../../src/config/watch-file.ts'
import { machine } from '../../src/machine.ts'

let folder: string
let path: string
let changes: number
let ending: AbortController
let watching: Promise<void>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-config-'))
  path = join(folder, 'keyrota.yaml')
  changes = 0
  ending = new AbortController()
})

afterEach(async () => {
  ending.abort()
  await watching
  rmSync(folder, { recursive: true })
})

/** Begins, and returns once a change was noticed: from then on each one is. */
async function begin(change: (count: number) => void): Promise<void> {
  watching = watchConfigFile({ path, clock: machine.clock }, () => void changes++, ending.signal)
  for (let tries = 0; tries < 60 && changes === 0; tries += 1) {
    change(tries)
    await machine.clock.sleep(500)
  }
  expect(changes).toBeGreaterThan(0)
  changes = 0
}

async function until(count: number): Promise<void> {
  for (let tries = 0; tries < 200 && changes < count; tries += 1) await machine.clock.sleep(50)
  expect(changes).toBeGreaterThanOrEqual(count)
}

test('written in place, replaced as editors do it, and removed', async () => {
  writeFileSync(path, '')
  await begin((count) => writeFileSync(path, `in place ${count}`))
  writeFileSync(`${path}.swp`, 'three')
  renameSync(`${path}.swp`, path)
  await until(1)
  // The file that is there now is watched as well.
  writeFileSync(path, 'four four')
  await until(2)
  rmSync(path)
  await until(3)
})

test('other files in its folder are not its change', async () => {
  writeFileSync(path, '')
  await begin((count) => writeFileSync(path, `in place ${count}`))
  writeFileSync(join(folder, 'journal.sqlite-wal'), 'something')
  await machine.clock.sleep(600)
  expect(changes).toBe(0)
})

/** As the kubelet mounts a ConfigMap. */
function mountConfigMap(version: string, text: string): void {
  mkdirSync(join(folder, `..${version}`))
  writeFileSync(join(folder, `..${version}`, 'keyrota.yaml'), text)
  symlinkSync(`..${version}`, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

test('a ConfigMap that is swapped, again and again', async () => {
  mountConfigMap('2026_1', 'one')
  symlinkSync(join('..data', 'keyrota.yaml'), path)
  await begin((count) => mountConfigMap(`2026_1_${count}`, `one ${count}`))
  mountConfigMap('2026_2', 'two')
  rmSync(join(folder, '..2026_1'), { recursive: true })
  await until(1)
  mountConfigMap('2026_3', 'three')
  rmSync(join(folder, '..2026_2'), { recursive: true })
  await until(2)
})

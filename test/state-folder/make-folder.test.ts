import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from '../../src/contracts/config.ts'
import { makeStateFolder } from '../../src/state-folder/make-folder.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrota-folder-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('creates the folder and its parents, for this user only; a second time changes nothing', async () => {
  const stateFolder = join(folder, 'a', 'b')
  await makeStateFolder({ file: 'keyrota.yaml', stateFolder })
  await makeStateFolder({ file: 'keyrota.yaml', stateFolder })
  expect((await stat(stateFolder)).mode & 0o777).toBe(0o700)
})

test('says at once which folder cannot be created, even where no folder can be', async () => {
  await writeFile(join(folder, 'file'), '')
  for (const stateFolder of [join(folder, 'file'), join(folder, 'file', 'state'), '/proc/keyrota/state']) {
    const made = makeStateFolder({ file: 'keyrota.yaml', stateFolder })
    await expect(made).rejects.toThrow(ConfigError)
    await expect(made).rejects.toThrow(stateFolder)
  }
})

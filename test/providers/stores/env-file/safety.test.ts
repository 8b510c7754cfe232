import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { listMountPoints } from '../../../../providers/stores/env-file/file/found-file.ts'
import { openState } from '../../../../providers/stores/env-file/file/state.ts'
import { LeaseOverError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { newCall, newMark, newValue, oneField } from '../../../laws/secret-store/helpers.ts'
import { makeFolder, makeStore } from './fixture.ts'

const { folder, remove } = makeFolder()
afterAll(remove)
const store = makeStore(folder)
let made = 0

function newFile(text: string): { path: string; own: string } {
  made += 1
  const own = join(folder, `case-${made}`)
  mkdirSync(own)
  const path = join(own, '.env')
  writeFileSync(path, text, { mode: 0o600 })
  return { path, own }
}

const read = async (path: string) => (await store.read(oneField(path), 'current', newCall())).version
const write = (path: string, value: string, replaces: string, mark = newMark()) =>
  store.write(oneField(path), material({ value }), { mark, replaces }, newCall())

describe('a file that cannot be replaced safely is refused by every verb', () => {
  async function expectRefused(path: string, message: RegExp): Promise<void> {
    const before = readFileSync(path, 'utf8')
    const refusal = { code: 'invalid', effect: 'none', message: expect.stringMatching(message) }
    await expect(store.check(oneField(path), newCall())).rejects.toMatchObject(refusal)
    await expect(write(path, newValue(), 'absent')).rejects.toMatchObject(refusal)
    expect(readFileSync(path, 'utf8') === before).toBe(true)
  }

  test('a symbolic link', async () => {
    const { path, own } = newFile('A=1\n')
    symlinkSync(path, join(own, 'link'))
    await expectRefused(join(own, 'link'), /symbolic link/)
  })

  test('a hard link', async () => {
    const { path, own } = newFile('A=1\n')
    linkSync(path, join(own, 'other'))
    await expectRefused(path, /hard link/)
  })

  test('a folder', async () => {
    const { own } = newFile('')
    await expect(store.check(oneField(own), newCall())).rejects.toMatchObject({ code: 'invalid' })
  })

  test('binary content', async () => {
    const { path } = newFile('A=1\n\0')
    await expectRefused(path, /not text/)
  })

  test('a mount point is found in the kernel’s table, spaces and all', () => {
    const table =
      '36 35 98:0 /a /mnt/app\\040one/.env rw,noatime shared:1 - ext4 /dev/root rw\n40 35 0:5 / /dev rw - devtmpfs udev rw\n'
    expect([...listMountPoints(table)]).toContain('/mnt/app one/.env')
    expect(listMountPoints(table).has('/mnt/app one')).toBe(false)
  })
})

describe('owner, group and mode', () => {
  test('stay, whatever the umask', async () => {
    const { path } = newFile('API_KEY=sixteen-letters-\n')
    chmodSync(path, 0o664)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) chownSync(path, 1234, 2345)
    const before = statSync(path)
    const umask = process.umask(0o077)
    try {
      await write(path, newValue(), await read(path))
    } finally {
      process.umask(umask)
    }
    const after = statSync(path)
    expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode])
    expect(after.ino).not.toBe(before.ino)
  })

  test('Keyrota’s own files are for its user alone', async () => {
    const { path } = newFile('API_KEY=sixteen-letters-\n')
    await write(path, newValue(), await read(path))
    const own = join(folder, 'state', 'env-file')
    expect(lstatSync(own).mode & 0o777).toBe(0o700)
    const records = readdirSync(own).filter((name) => name.endsWith('.json'))
    expect(records.length).toBeGreaterThan(0)
    for (const name of records) expect(lstatSync(join(own, name)).mode & 0o777).toBe(0o600)
  })
})

describe('versions', () => {
  test('an outside edit makes a new version, a sibling’s edit does not', async () => {
    const { path } = newFile('API_KEY=sixteen-letters-\nB=1\n')
    const first = await read(path)
    writeFileSync(path, 'API_KEY=sixteen-letters-\nB=2\n# more\n')
    expect(await read(path)).toBe(first)
    writeFileSync(path, 'API_KEY=another-sixteen-\nB=2\n')
    const second = await read(path)
    expect(second).not.toBe(first)
    expect(await read(path)).toBe(second)
  })

  test('the replaced value is nowhere once it is retired', async () => {
    const old = newValue()
    const { path, own } = newFile(`API_KEY=${old}\n`)
    const first = await read(path)
    await write(path, newValue(), first)
    const state = join(folder, 'state', 'env-file')
    const holds = (at: string) => readdirSync(at).some((name) => readFileSync(join(at, name)).includes(old))
    expect(holds(state)).toBe(true)
    expect(holds(own)).toBe(false)
    await store.retire(oneField(path), first, newCall())
    expect(holds(state)).toBe(false)
  })

  test('a rewrite that was prepared and never done is not taken for done', async () => {
    const old = newValue()
    const { path, own } = newFile(`API_KEY=${old}\n`)
    const first = await read(path)
    const mark = newMark()
    const cut = newCall({ leaseOverAt: 1 })
    const rewrite = store.write(oneField(path), material({ value: old }), { mark, replaces: first }, cut)
    await expect(rewrite).rejects.toThrow(LeaseOverError)
    expect(readdirSync(own)).toEqual(['.env'])
    expect(await read(path)).toBe(first)
    const { version } = await write(path, old, first, mark)
    expect(version).not.toBe(first)
    expect(await read(path)).toBe(version)
  })

  for (const [verb, act] of [
    ['read', (path: string) => read(path)],
    ['write', (path: string, version: string) => write(path, newValue(), version)],
    ['retire', (path: string) => store.retire(oneField(path), 'ef-00000000000000000000', newCall())],
  ] as const)
    test(`${verb} removes what a killed process left, and nothing else`, async () => {
      const { path, own } = newFile('API_KEY=sixteen-letters-\n')
      const version = await read(path)
      const { tempPrefix, record } = await openState('test', join(folder, 'state'), path, ['API_KEY'])
      writeFileSync(`${record}.tmp`, 'left')
      writeFileSync(join(own, `${tempPrefix}0123456789ab`), 'left')
      writeFileSync(join(own, '.env.keyrota-00000000-0123456789ab'), 'of another state folder')
      writeFileSync(join(own, '.env.local'), 'A=1')
      await act(path, version)
      expect(existsSync(`${record}.tmp`)).toBe(false)
      expect(readdirSync(own).sort()).toEqual(['.env', '.env.keyrota-00000000-0123456789ab', '.env.local'])
    })

  test('a damaged record is reported, not ignored', async () => {
    const { path } = newFile('API_KEY=sixteen-letters-\n')
    const lonely = makeStore(join(folder, 'damaged'))
    await lonely.read(oneField(path), 'current', newCall())
    const state = join(folder, 'damaged', 'state', 'env-file')
    const [record] = readdirSync(state).filter((name) => name.endsWith('.json'))
    writeFileSync(join(state, record ?? ''), '{"schema":2}')
    const attempt = lonely.read(oneField(path), 'current', newCall())
    await expect(attempt).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/damaged/),
    })
  })
})

describe('a disk that takes no more', () => {
  test('leaves the old file and says unavailable, effect none', () => {
    const { path, own } = newFile(`API_KEY=sixteen-letters-\n${'# filler\n'.repeat(2000)}`)
    const before = readFileSync(path)
    const child = fileURLToPath(new URL('./child.ts', import.meta.url))
    // A limit on the size of files stops a write in its middle as a full disk does; the state folder's files fit.
    const limited = [
      '-c',
      'ulimit -f 8; exec "$0" "$@"',
      process.execPath,
      child,
      'write',
      path,
      join(folder, 'state'),
    ]
    const { stdout } = spawnSync('/bin/sh', limited, { encoding: 'utf8' })
    expect(JSON.parse(stdout)).toEqual({ code: 'unavailable', effect: 'none' })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(own)).toEqual(['.env'])
    expect(existsSync(path)).toBe(true)
  })
})

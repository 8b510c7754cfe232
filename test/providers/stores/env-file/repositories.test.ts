import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, test } from 'vitest'
import type { ProviderError } from '../../../../src/contracts/errors.ts'
import { newCall, newValue, oneField, put, refused } from '../../../laws/secret-store/helpers.ts'
import { makeFolder, makeStore } from './fixture.ts'

/* A key in a tracked file goes wherever the repository goes: whoever cannot tell says no. */

const { folder, remove } = makeFolder()
afterAll(remove)
const store = makeStore(folder)
let made = 0
let own: string
let path: string
const environment = { ...process.env }

beforeEach(() => {
  made += 1
  own = join(folder, `repository-${made}`)
  path = join(own, 'app', '.env')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `API_KEY=${newValue()}\n`, { mode: 0o600 })
})
afterEach(() => {
  for (const name of ['PATH', 'GIT_DIR', 'GIT_WORK_TREE', 'GIT_CONFIG_GLOBAL']) {
    if (environment[name] === undefined) delete process.env[name]
    else process.env[name] = environment[name]
  }
})

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: own,
    stdio: 'pipe',
  })

/** Every way in refuses, and the file stays as it is. */
async function assertRefused(message: RegExp, given: object = {}): Promise<ProviderError> {
  const before = readFileSync(path, 'utf8')
  const asked = Object.keys(given).length === 0 ? store : makeStore(folder, { ...given })
  await refused(put(asked, oneField(path), newValue(), 'absent'), 'invalid')
  const error = await refused(asked.check(oneField(path), newCall()), 'invalid')
  assert.match(error.message, message)
  assert.equal(readFileSync(path, 'utf8'), before)
  return error
}

const notesOf = async () => (await store.check(oneField(path), newCall())).notes

describe('git', () => {
  test('a file that is staged or committed is refused, and one that is ignored is not', async () => {
    git('init', '--quiet')
    assert.match((await notesOf()).join(), /\.gitignore/)
    git('add', 'app/.env')
    await assertRefused(/is tracked by git/)
    git('commit', '--quiet', '-m', 'x')
    assert.match((await assertRefused(/is tracked by git/)).nextStep, /git rm --cached/)
    git('rm', '--cached', '--quiet', 'app/.env')
    writeFileSync(join(own, '.gitignore'), '.env\n')
    assert.deepEqual(await notesOf(), [])
  })

  test('a repository of another user is asked too, although git refuses to by itself', async () => {
    git('init', '--quiet')
    git('add', 'app/.env')
    if (process.geteuid?.() === 0) {
      for (const at of [own, join(own, '.git')]) chownSync(at, 65_534, 65_534)
      assert.throws(() => git('ls-files'), /dubious ownership/)
    }
    await assertRefused(/is tracked by git/)
  })

  test('a working tree of a repository elsewhere, and a submodule', async () => {
    const elsewhere = join(folder, `elsewhere-${made}`)
    git('init', '--quiet', elsewhere)
    git('-C', elsewhere, 'commit', '--quiet', '--allow-empty', '-m', 'x')
    rmSync(own, { recursive: true })
    execFileSync('git', ['-C', elsewhere, 'worktree', 'add', '--quiet', own], { stdio: 'pipe' })
    mkdirSync(dirname(path))
    writeFileSync(path, 'API_KEY=sixteen-letters-\n')
    git('add', 'app/.env')
    await assertRefused(/is tracked by git/)
  })

  test('an outer repository is asked also when one lies inside it', async () => {
    git('init', '--quiet')
    git('add', 'app/.env')
    git('init', '--quiet', 'app')
    await assertRefused(/is tracked by git/)
  })

  test('a file of a submodule is none of the outer repository', async () => {
    git('init', '--quiet', 'app')
    git('-C', 'app', 'commit', '--quiet', '--allow-empty', '-m', 'x')
    git('init', '--quiet')
    git('add', 'app')
    writeFileSync(join(own, 'app', '.gitignore'), '.env\n')
    assert.deepEqual(await notesOf(), [])
  })

  test('the repository that the environment names is asked', async () => {
    const bare = join(folder, `bare-${made}.git`)
    git('init', '--quiet', '--bare', bare)
    git('--git-dir', bare, '--work-tree', own, 'add', 'app/.env')
    assert.deepEqual(await notesOf(), [])
    Object.assign(process.env, { GIT_DIR: bare, GIT_WORK_TREE: own })
    await assertRefused(/is tracked by git/)
  })

  test('its settings start no program', async () => {
    git('init', '--quiet')
    const trace = join(folder, `trace-${made}`)
    git('config', 'core.fsmonitor', `touch ${trace}; false`)
    await notesOf()
    assert.throws(() => readFileSync(trace), /ENOENT/)
  })
})

describe('what cannot tell says no, and how to let it tell', () => {
  test('a repository that git cannot read', async () => {
    mkdirSync(join(own, '.git'))
    assert.match((await assertRefused(/may be tracked by git.*cannot read/)).nextStep, /git -C .* status/)
  })

  test('a broken repository is not answered for by the one around it', async () => {
    git('init', '--quiet')
    mkdirSync(join(own, 'app', '.git'))
    await assertRefused(/may be tracked by git/)
  })

  test('no git', async () => {
    git('init', '--quiet')
    process.env.PATH = own
    assert.match((await assertRefused(/git is not installed/)).nextStep, /Install git.*repository: ignore/)
  })

  test('a git that hangs is asked again later', async () => {
    git('init', '--quiet')
    const bin = join(own, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'git'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 })
    process.env.PATH = `${bin}:${process.env.PATH}`
    const error = await refused(store.check(oneField(path), newCall()), 'unavailable')
    assert.match(error.message, /git timed out/)
  }, 20_000)

  for (const [name, by] of [
    ['.hg', 'Mercurial'],
    ['.svn', 'Subversion'],
    ['.jj', 'jj'],
  ] as const)
    test(`a repository of ${by}`, async () => {
      mkdirSync(join(own, name))
      await assertRefused(new RegExp(`may be tracked by ${by}`))
    })

  test('jj beside git takes what is not ignored', async () => {
    git('init', '--quiet')
    mkdirSync(join(own, '.jj'))
    await assertRefused(/is tracked by jj/)
    writeFileSync(join(own, '.gitignore'), '.env\n')
    assert.deepEqual(await notesOf(), [])
  })

  test('a person may say that nobody has to be asked', async () => {
    mkdirSync(join(own, '.hg'))
    const told = makeStore(folder, { repository: 'ignore' })
    const { version } = await told.read(oneField(path), 'current', newCall())
    await put(told, oneField(path), newValue(), version)
    assert.match((await told.check(oneField(path), newCall())).notes.join(), /repository: ignore/)
  })
})

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn as spawnTerminal } from '@lydell/node-pty'
import { afterEach, beforeEach, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const lock = {
  packages: { '': {}, 'node_modules/a': { integrity: 'a1' }, 'node_modules/b': { optional: true } },
}

let clone: string

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'keyrota-clone-'))
  cpSync(join(root, '.ci'), join(clone, '.ci'), { recursive: true })
  write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=22.19' } }))
  write('package-lock.json', JSON.stringify(lock))
})

afterEach(() => rmSync(clone, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true })
  writeFileSync(join(clone, path), text)
}

function writeProgram(path: string, script: string): void {
  write(path, `#!/bin/sh\n${script}\n`)
  chmodSync(join(clone, path), 0o755)
}

/** Puts an npm in the way that leaves this list behind, as npm does at the end of an install. */
function fakeNpm(installed: object, status = 0): void {
  write('leaves.json', JSON.stringify(installed))
  const install = 'mkdir -p node_modules && cp leaves.json node_modules/.package-lock.json'
  writeProgram('bin/npm', `echo "$@" >> npm-calls\necho npm said this >&2\n${install}\nexit ${status}`)
}

function ensureInstalled(...command: string[]) {
  const path = [join(clone, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  const script = join(clone, '.ci', 'ensure-installed.mjs')
  return spawnSync(process.execPath, [script, ...command], {
    cwd: clone,
    env: { PATH: path },
    encoding: 'utf8',
  })
}

it('installs what is missing, once, and then runs the command with its exit code', () => {
  fakeNpm(lock)
  const first = ensureInstalled('sh', '-c', 'echo ran; exit 7')
  expect(first).toMatchObject({ status: 7, stdout: 'ran\n' })
  expect(first.stderr).toBe('Installing what package-lock.json names into node_modules (once) …\n')
  rmSync(join(clone, 'npm-calls'))
  expect(ensureInstalled('sh', '-c', 'echo ran')).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' })
  expect(existsSync(join(clone, 'npm-calls'))).toBe(false)
})

it('shows on a terminal how long it takes, and clears that', async () => {
  fakeNpm(lock)
  writeProgram(
    'bin/npm',
    `sleep 1.3; mkdir -p node_modules && cp leaves.json node_modules/.package-lock.json`,
  )
  const path = [join(clone, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  const script = join(clone, '.ci', 'ensure-installed.mjs')
  const terminal = spawnTerminal(process.execPath, [script, 'echo', 'ran'], {
    cwd: clone,
    env: { PATH: path },
  })
  let raw = ''
  terminal.onData((text) => {
    raw += text
  })
  await new Promise((resolve) => terminal.onExit(resolve))
  expect(raw).toContain('\r\u001b[2K  1 s, usually less than a minute')
  expect(raw.slice(raw.lastIndexOf('\u001b[2K'))).toBe('\u001b[2Kran\r\n')
})

it('installs again when the lock file names something else', () => {
  fakeNpm(lock)
  write(
    'node_modules/.package-lock.json',
    JSON.stringify({ packages: { 'node_modules/a': { integrity: 'a0' } } }),
  )
  expect(ensureInstalled('true').status).toBe(0)
  expect(existsSync(join(clone, 'npm-calls'))).toBe(true)
})

it('shows what npm said when the install fails, and runs nothing', () => {
  fakeNpm({ packages: {} }, 3)
  const done = ensureInstalled('sh', '-c', 'echo ran')
  expect(done).toMatchObject({ status: 3, stdout: '' })
  expect(done.stderr).toContain('npm said this')
})

it('runs nothing when npm did not follow the lock file', () => {
  fakeNpm({ packages: { 'node_modules/a': { integrity: 'a2' } } })
  const done = ensureInstalled('sh', '-c', 'echo ran')
  expect(done).toMatchObject({ status: 1, stdout: '' })
  expect(done.stderr).toContain('does not hold what package-lock.json names')
})

it('runs the command with the Node of node_modules', () => {
  fakeNpm(lock)
  mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(process.execPath, join(clone, 'node_modules', '.bin', 'node'))
  writeProgram('bin/node', 'echo 20.20.2')
  expect(ensureInstalled('node', '-p', '1 + 1')).toMatchObject({ status: 0, stdout: '2\n' })
})

it('says in one line that the Node is too old when none was installed', () => {
  fakeNpm(lock)
  writeProgram('bin/node', 'echo 20.20.2')
  ensureInstalled('true')
  const done = ensureInstalled('sh', '-c', 'echo ran')
  expect(done).toMatchObject({ status: 1, stdout: '' })
  expect(done.stderr).toMatch(/^Keyrota needs Node 22\.19 or newer, this is Node 20\.20\.2\. .*\n$/)
})

it('ends by the signal that ended the command', () => {
  fakeNpm(lock)
  expect(ensureInstalled('sh', '-c', 'kill -TERM $$').status).toBe(143)
})

it('names the missing program that starts the real servers before it does anything', () => {
  fakeNpm(lock)
  const done = spawnSync('bash', [join(clone, '.ci', 'run')], {
    env: {
      PATH: [join(clone, 'bin'), '/usr/bin', '/bin'].join(delimiter),
      KEYROTA_SERVERS: '/nowhere/servers',
    },
    encoding: 'utf8',
  })
  expect(done).toMatchObject({ status: 1, stdout: '' })
  expect(done.stderr).toContain('/nowhere/servers, which starts the real servers, was not found')
  expect(done.stderr).toContain('KEYROTA_SERVERS')
  expect(existsSync(join(clone, 'npm-calls'))).toBe(false)
})

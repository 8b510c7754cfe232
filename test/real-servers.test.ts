import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const checkout = mkdtempSync(join(tmpdir(), 'keyrota-real-'))
const addressed = {
  KEYROTA_TEST_VAULT_ADDR: 'http://127.0.0.1:1',
  KEYROTA_TEST_VAULT_TOKEN: 'x',
  KEYROTA_TEST_VAULT_UNSEAL_KEY: 'x',
  KEYROTA_TEST_VAULT_BINARY: '/x',
}
const reached =
  'vault: at the address in KEYROTA_TEST_VAULT_ADDR\n' +
  'vault-program: at the address in KEYROTA_TEST_VAULT_BINARY\n'

beforeAll(() => {
  for (const name of ['.ci/test-real.ts', '.ci/containers.ts', '.ci/law-table.ts', '.ci/markdown.ts'])
    cpSync(join(root, name), join(checkout, name))
  cpSync(
    join(root, 'test/shared/stand-ins/aws/query.ts'),
    join(checkout, 'test/shared/stand-ins/aws/query.ts'),
  )
  const library = join(checkout, 'node_modules', 'testcontainers')
  mkdirSync(library, { recursive: true })
  writeFileSync(
    join(library, 'index.js'),
    "export async function getContainerRuntimeClient() { throw new Error('no engine runs here') }",
  )
  writeFileSync(join(library, 'package.json'), '{ "type": "module", "main": "index.js" }')
  for (const folder of ['approle', 'vault'])
    mkdirSync(join(checkout, 'test', 'real', folder), { recursive: true })
  for (const name of ['approle/law', 'jupyterhub', 'vault/policies', 'vault/standby'])
    writeFileSync(join(checkout, `test/real/${name}.test.ts`), '')
  const vitest = join(checkout, 'node_modules', '.bin', 'vitest')
  mkdirSync(join(vitest, '..'), { recursive: true })
  writeFileSync(vitest, '#!/bin/sh\necho "vitest $@"\nexit 9\n', { mode: 0o755 })
})

afterAll(() => rmSync(checkout, { recursive: true, force: true }))

function testReal(env: Record<string, string>, ...args: string[]) {
  return spawnSync(process.execPath, [join(checkout, '.ci', 'test-real.ts'), ...args], {
    env,
    encoding: 'utf8',
  })
}

it('fails and names the unset variables of a server without an address', () => {
  const done = testReal(addressed)
  expect(done).toMatchObject({ status: 1, stdout: reached })
  expect(done.stderr).toContain('jupyterhub: KEYROTA_TEST_JUPYTERHUB_URL')
  expect(done.stderr).not.toContain('vault')
})

it('prints the suites that --without leaves out, and returns the exit code of vitest', () => {
  const done = testReal(addressed, '--without', 'jupyterhub')
  expect(done.status).toBe(9)
  expect(done.stdout).toBe(
    `${reached}not run: test/real/jupyterhub.test.ts (without jupyterhub)\n` +
      'vitest run --config test/real/vitest.config.ts ' +
      'test/real/approle/law.test.ts test/real/vault/policies.test.ts test/real/vault/standby.test.ts\n',
  )
})

it('says why a server with an image was not started in a container', () => {
  const done = testReal({}, '--without', 'jupyterhub')
  expect(done).toMatchObject({ status: 1, stdout: 'no containers for vault: no engine runs here\n' })
  expect(done.stderr).toContain('vault: KEYROTA_TEST_VAULT_ADDR, KEYROTA_TEST_VAULT_TOKEN')
})

it('leaves out a suite that needs both a server and its program with either of them', () => {
  const without = ['--without', 'jupyterhub', '--without', 'vault-program']
  const done = testReal(addressed, ...without)
  expect(done.stdout).toContain('not run: test/real/vault/standby.test.ts (without vault-program)')
  expect(done.stdout).toMatch(/ test\/real\/vault\/policies\.test\.ts\n$/)
})

it('leaves out a product that runs on a server of another name', () => {
  const done = testReal({}, '--without', 'vault', '--without', 'jupyterhub')
  expect(done.stdout).toContain('not run: test/real/approle/law.test.ts (without vault)')
})

it('refuses an unknown server in --without', () => {
  expect(testReal(addressed, '--without', 'jupiterhub').status).toBe(2)
})

it('lists the servers that the suites need', () => {
  expect(testReal({}, '--list').stdout).toBe('jupyterhub vault\n')
})

it('knows the servers that every suite of this repository needs', () => {
  const list = (...args: string[]) =>
    spawnSync(process.execPath, ['.ci/test-real.ts', '--list', ...args], { cwd: root, encoding: 'utf8' })
      .stdout
  expect(list('--without', 'kubernetes-node').trim().split(' ')).toEqual(
    expect.arrayContaining(['aws', 'kubernetes', 'vault']),
  )
  expect(list('--only', 'kubernetes-node')).toBe('kubernetes-node\n')
})

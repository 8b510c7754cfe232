/* A service that knows its keys by their value alone: no value leaves its places, nor do those of others or the admin. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/fault-kinds.ts'
import { makeValue, type Scene, setScene } from './canary/scene.ts'
import { findLeaks } from './canary/search.ts'
import { naiveTokenIssuer, tokenIssuer } from './canary/token-gateway.ts'
import { KEY } from './installation.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const WAIT = ['--wait', '1500ms']
const scene = (issuer: (url: string) => object, defaults: object = {}) =>
  setScene({ issuer, cache, byValue: true, config: { defaults } })

async function expectSilence(told: Scene): Promise<void> {
  const { leaks } = await told.finish()
  expect(leaks).toEqual([])
}

const faults: readonly Fault[] = [
  { kind: 'error', status: 502, when: 'after-effect', after: 5, times: 8 },
  { kind: 'drop', after: 5, times: 8 },
  { kind: 'lose-answer', times: 1, match: { method: 'POST', path: '/v1/keys' } },
  { kind: 'late-landing', ms: 300, times: 1, match: { method: 'POST', path: '/v1/keys' } },
  { kind: 'lying-revoke' },
  { kind: 'late-listing', ms: 400 },
]

// One after another: each scene runs many commands, and a busy machine would take all of them for stuck.
describe('keys whose id is their value', { timeout: 240_000 }, () => {
  test('every verb while a key is rotated and the old one is deleted by its value', async () => {
    const told = await scene(tokenIssuer)
    for (const verb of ['check', 'plan', 'status']) await told.run([verb, '--json'])
    expect((await told.run(['check', '--issue', 'gateway'])).code).toBe(0)
    expect((await told.run(['rotate', KEY, '--wait', '60s'])).stdout).toContain('completed')
    expect(told.sandbox.listKeys().find(({ id }) => id === told.oldKey.id)?.state).toBe('revoked')
    for (const mode of [[], ['--json']]) {
      await told.run(['run', ...WAIT, ...mode])
      for (const verb of ['status', 'explain']) await told.run([verb, KEY, ...mode])
      await told.run(['rollback', KEY, ...WAIT, ...mode])
      await told.run(['whois', ...mode], told.oldKey.value)
    }
    await expectSilence(told)
  })

  test.each(faults)('a rotation meets $kind', async (fault) => {
    const told = await scene(tokenIssuer, { callLimit: '200ms' })
    await told.run(['run', ...WAIT])
    told.sandbox.addFault(fault)
    const hits = () => told.sandbox.listFaults()[0]?.hits ?? 0
    // On a busy machine one command may end before it has come to the fault.
    for (let tries = 0; tries < 5 && hits() === 0; tries += 1) await told.run(['rotate', KEY, ...WAIT])
    await told.run(['run', ...WAIT, '--json'])
    await told.run(['explain', KEY, '--json'])
    expect(hits()).toBeGreaterThan(0)
    await expectSilence(told)
  })

  test('the secret is taken for the id: nothing is rotated and nothing is shown', async () => {
    const told = await scene(naiveTokenIssuer)
    const checked = await told.run(['check'])
    expect(checked.stdout).toContain('is, or holds, a secret')
    await told.run(['rotate', KEY, ...WAIT])
    for (const verb of ['status', 'explain']) await told.run([verb, KEY, '--json'])
    expect(told.sandbox.listKeys().filter(({ state }) => state === 'active')).toHaveLength(1)
    await expectSilence(told)
  })

  test('the config that says so is refused when it is read', async () => {
    const told = await scene(naiveTokenIssuer)
    const { config } = told.installation
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replaceAll('"$.token"', '"$.secret"'))
    const checked = await told.run(['check'])
    expect(checked.code).not.toBe(0)
    expect(checked.stderr).toContain('a field that is not secret')
    await expectSilence(told)
  })

  test('a value is no word for a person to confirm', async () => {
    const told = await scene(tokenIssuer)
    await told.run(['run', ...WAIT])
    const stranger = makeValue('stranger')
    for (const word of [
      `id:${told.oldKey.value}`,
      told.oldKey.value,
      `deleted:${told.oldKey.value}`,
      `id:${stranger}`,
    ]) {
      // Not watched: the test itself puts the value on the command line.
      const { code, stdout, stderr } = await told.installation.run([
        'resume',
        KEY,
        ...WAIT,
        '--confirm',
        word,
      ])
      expect(code).not.toBe(0)
      const sinks = [{ name: 'output', bytes: Buffer.from(stdout + stderr) }]
      const secrets = [told.oldKey.value, stranger].map((value) => ({ name: 'value', value }))
      expect(findLeaks(sinks, secrets)).toEqual([])
    }
    await told.run(['explain', KEY, '--json'])
    told.hide('stranger', stranger)
    await expectSilence(told)
  })
})

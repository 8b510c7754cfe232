/* A key that leaked, from the first report to its proof, by real commands against a sandbox. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY, sandboxIssuer } from './installation.ts'
import { type Stage, setStage } from './stage.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
let stage: Stage
beforeAll(async () => {
  stage = await setStage(sandboxIssuer, cache, { defaults: { quietFor: '20ms' } })
})
afterAll(async () => {
  await stage.close()
  rmSync(cache, { recursive: true, force: true })
})

const WAIT = ['--wait', '60s']

/** Runs a command and holds everything it said against both values. */
async function run(args: readonly string[], input = '') {
  const ended = await stage.installation.run(args, { input, limitMs: 90_000 })
  const said = `${ended.stdout}${ended.stderr}`
  for (const value of [stage.oldKey.value, stage.value()]) expect(said).not.toContain(value)
  return ended
}

test('from the leak to the proof', { timeout: 180_000 }, async () => {
  const { value } = stage.oldKey
  const found = await run(['leaked'], `Authorization: Bearer ${value}\n`)
  expect(found.stdout).toContain(`${KEY}: the key in use`)
  expect(found.stdout).toContain(`next: keyrota rotate ${KEY} --compromised --leaked old`)
  expect(found.code).toBe(4)

  const { folder } = stage.installation
  const files = join(folder, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'app.log.gz'), gzipSync(`line\nkey=${value}\n`))
  const scanned = await run(['scan', files, '--json'])
  expect(scanned.code).toBe(4)
  expect(JSON.parse(scanned.stdout)).toMatchObject({
    findings: [{ line: 2, form: 'raw', values: [{ key: KEY, state: 'current' }] }],
    counts: { findings: 1 },
  })

  const rotated = await run(
    ['leaked', '--rotate', '--reason', 'a test', '--json', ...WAIT],
    `{"key":"${value}"}`,
  )
  expect(JSON.parse(rotated.stdout)).toMatchObject({
    matches: [{ key: KEY, leaked: 'old' }],
    rotated: [{ key: KEY, last: { end: 'completed', reason: 'compromised' } }],
  })
  expect(rotated.code).toBe(0)
  expect(stage.value()).not.toBe(value)

  const dead = await run(['leaked'], Buffer.from(value).toString('base64'))
  expect(dead.stdout).toContain('dead: the issuer was seen to refuse it')
  expect(dead.stdout).toContain('nothing has to be done')
  expect(dead.code).toBe(0)
  const after = await run(['scan', files])
  expect(after.stdout).toContain('app.log.gz!app.log:2')
  expect(after.code).toBe(0)

  const pem = join(folder, 'proof.pem')
  expect((await run(['prove', '--make-key', pem])).code).toBe(0)
  expect((await run(['prove', '--make-key', pem])).code).toBe(4)
  const proof = await run(['prove', KEY, '--old', '--json', '--sign-with', pem], value)
  expect(proof.code).toBe(0)
  const signed = join(folder, 'proof.json')
  writeFileSync(signed, proof.stdout)
  const verified = await run(['prove', '--verify', signed, '--public-key', `${pem}.pub`])
  expect(verified.stdout).toContain(`${KEY}: proved on 20`)
  expect(verified.stdout).toContain('beside the key in use, which is accepted')
  expect(verified.code).toBe(0)
  const { payload } = JSON.parse(proof.stdout)
  expect(Buffer.from(payload, 'base64').toString()).not.toContain(value)
  const changed = Buffer.from(payload, 'base64').toString().replace(KEY, 'renderer-test')
  writeFileSync(signed, JSON.stringify({ ...JSON.parse(proof.stdout), payload: btoa(changed) }))
  expect((await run(['prove', '--verify', signed, '--public-key', `${pem}.pub`])).code).toBe(4)
  chmodSync(pem, 0o644)
  expect((await run(['prove', KEY, '--json', '--sign-with', pem])).stdout).toContain('chmod 600')
  expect((await run(['prove', KEY])).stdout).toContain('not signed')
})

test('what is not ours is said with what it was compared with, and nothing is to do', async () => {
  const other = await run(['leaked'], 'ppt_live_0123456789abcdefghij')
  expect(other.stdout).toMatch(
    /^no managed key has, or had, this value: compared \d+ readings? of it with \d+ fingerprints of 1 keys\n$/,
  )
  expect(other.code).toBe(0)
  const nothing = await run(['scan', '-'], 'nothing in here\n')
  expect(nothing.stdout).toContain('no value of a managed key was found')
  expect(nothing.stdout).toContain('control: a made-up value was found as raw, json, url, base64')
  expect(nothing.code).toBe(0)
})

test('wrong use is told with its exit code', async () => {
  expect((await run(['leaked'])).code).toBe(2)
  expect((await run(['scan'])).code).toBe(2)
  expect((await run(['prove'])).code).toBe(2)
  expect((await run(['prove', KEY, '--sign-with', 'x.pem'])).code).toBe(2)
  expect((await run(['prove', '--verify', 'x.json'])).code).toBe(2)
  expect((await run(['scan', 'no-such-file'])).code).toBe(2)
  expect((await run(['leaked', '--kill-by', 'soon'], 'x')).code).toBe(2)
  const refused = await run(['scan', '--git', 'all', stage.installation.folder])
  expect(refused.stderr).toContain('this is no git repository')
  expect(refused.code).toBe(4)
})

/* Issuer `command`: the law, and what is special about programs. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { make } from '../../../../providers/issuers/command/index.ts'
import { options } from '../../../../providers/issuers/command/options.ts'
import { isMisfit } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { type IssuerFixture, keyIssuerLaw } from '../../../laws/key-issuer.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-issuer-command-'))
const file = join(folder, 'service.json')
// Started many times: without its types it starts sooner.
const program = join(folder, 'service.mjs')
const source = fileURLToPath(new URL('./service.ts', import.meta.url))
writeFileSync(program, stripTypeScriptTypes(readFileSync(source, 'utf8')))
const context = { name: 'programs', stateFolder: '/nowhere' }
const newCall = () => ({ signal: AbortSignal.timeout(60_000), beforeSend: () => {} })
const request = { name: 'keyrota-app-k7f3-r1-1', mark: 'k7f3-r1-1', seen: [] }
const value = 'the-value-of-a-key-000001'

afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => writeFileSync(file, JSON.stringify({ trouble: 'none', keys: [] })))

const words = (token: string) => [process.execPath, '--no-warnings', program, file, token]
const settings = (token = 'right') => ({
  create: words(token),
  list: words(token),
  revoke: words(token),
  probe: words(token),
  settle: '0s',
})
const issuerWith = (more: object = {}) => make(options.parse({ ...settings(), ...more }), context)

interface State {
  trouble: string
  keys: { id: string }[]
}
const read = (): State => JSON.parse(readFileSync(file, 'utf8'))
const trouble = (kind: string) => writeFileSync(file, JSON.stringify({ ...read(), trouble: kind }))

describe('the law', { timeout: 60_000 }, () => {
  const more = { lifecycle: 'self', generate: { value: { prefix: 'app_' } } }
  const issuer = issuerWith(more)
  const fixture: IssuerFixture = {
    issuer,
    reportsRetryAfter: true,
    credentials: [],
    liveIds: async () => read().keys.map(({ id }) => id),
    requestCount: async () =>
      existsSync(`${file}.runs`) ? readFileSync(`${file}.runs`, 'utf8').split('\n').length - 1 : 0,
    settle: async () => {},
    fault: async (kind) => {
      if (kind === 'denied')
        return {
          issuer: make(options.parse({ ...settings('wrong'), ...more }), context),
          undo: async () => {},
        }
      trouble(kind)
      return { issuer, undo: async () => trouble('none') }
    },
  }
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})

/** A program that prints this text and leaves its arguments and environment in a file. */
function script(text: string, exitCode = 0): string[] {
  const path = join(folder, 'script.sh')
  const lines = [`cat /proc/$$/environ /proc/$$/cmdline > ${join(folder, 'seen')}`, 'cat > /dev/null']
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\ncat <<'END'\n${text}\nEND\nexit ${exitCode}\n`)
  chmodSync(path, 0o700)
  return [path]
}

test('a program may make the value itself', async () => {
  const issuer = issuerWith()
  const made = await issuer.issue(request, newCall())
  expect((await issuer.probe(made.material, newCall())).verdict).toBe('accepted')
  expect(await issuer.find(request, newCall())).toEqual([made.ref])
  await issuer.revoke({ ref: made.ref }, newCall())
  expect((await issuer.probe(made.material, newCall())).verdict).toBe('rejected')
})

test('a value reaches a program on its standard input alone', async () => {
  const probe = script('{"verdict": "accepted", "status": 200}')
  const verdict = await issuerWith({ probe }).probe(material({ value }), newCall())
  expect(verdict).toMatchObject({ verdict: 'accepted', status: 200 })
  expect(readFileSync(join(folder, 'seen'), 'utf8')).not.toContain(value)
})

test.each([
  ['is no JSON', `made ${value}`],
  ['has no parts', '{"id": "7"}'],
  ['has the value for an id', `{"id": "${value}", "parts": {"value": "${value}"}}`],
])('a creation that %s does not fit, and is not repeated in the error', async (_, text) => {
  const failure = await issuerWith({ create: script(text) })
    .issue(request, newCall())
    .catch((error: unknown) => error)
  expect(isMisfit(failure as never)).toBe(true)
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(value)
})

test('an id is taken by its text, and a hash stands in for it', async () => {
  const hash = 'ab'.repeat(32)
  const list = script(`{"keys": [{"id": 9007199254740993, "name": "a"}, {"sha256": "${hash}"}]}`)
  expect(await issuerWith({ list }).list(newCall())).toEqual([
    { id: '9007199254740993', name: 'a' },
    { id: 'fp:abababababababab', fingerprint: 'abababababababab' },
  ])
  const nameless = issuerWith({ list: script('{"keys": [{"name": "a"}]}') })
  await expect(nameless.list(newCall())).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
})

test('a program that fails may have changed something, and one that says so has not', async () => {
  const revoke = (words: string[]) => issuerWith({ revoke: words }).revoke({ ref: { id: '7' } }, newCall())
  await expect(revoke(script('{}', 3))).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
  await expect(revoke(script('{"error": "quota"}', 3))).rejects.toMatchObject({
    code: 'quota',
    effect: 'none',
  })
  await expect(revoke(['/no/such/program'])).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
})

test.each<[string, object, string]>([
  ['a value of ours is described', { lifecycle: 'self' }, 'generate'],
  ['others make their own', { generate: { value: {} } }, 'generate'],
  ['a list is needed for a revoke by id', { list: undefined, idempotency: 'none' }, 'list'],
  ['nothing is found without a list', { list: undefined, revokesByValue: true }, 'idempotency'],
  ['something is secret', { publicParts: ['value'] }, 'publicParts'],
])('%s', (_, change, path) => {
  const result = options.safeParse({ ...settings(), ...change })
  expect((result.error?.issues ?? []).map((issue) => issue.path[0])).toContain(path)
})

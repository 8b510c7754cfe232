/* Two fixed places, values of our own, and keys that a person makes and the API ends: from the config to the end. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Installation, KEY, makeInstallation, TOKEN_NAME, valueIn } from './installation.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const admin = 'admin-token-of-the-account-1'
const first = 'first-key-of-the-account-0001'
const second = 'second-key-of-the-account-001'

/** An account with two places, passwords of others' making, and a revoke by value. */
const account = {
  places: { key1: first, key2: second },
  passwords: new Map<string, string>(),
  byHand: new Set<string>(),
  made: 0,
  log: [] as string[],
}

function accepts(value: string): boolean {
  const { places, passwords, byHand } = account
  return [...Object.values(places), ...passwords.values(), ...byHand].includes(value)
}

function answer(line: string, body: string, credential: string): { status: number; json?: unknown } {
  if (line === 'GET /me') {
    const id = [...account.passwords].find(([, password]) => password === credential)?.[0]
    return { status: accepts(credential) ? 200 : 401, json: { id } }
  }
  if (credential !== admin) return { status: 401 }
  account.log.push(line)
  const given = body === '' ? {} : JSON.parse(body)
  if (line === 'POST /regenerateKey') {
    account.places[given.keyName as 'key1'] = `regenerated-key-of-the-account-${++account.made}`
    return { status: 200, json: account.places }
  }
  if (line === 'POST /listKeys') return { status: 200, json: account.places }
  if (line === 'POST /revoke') return { status: account.byHand.delete(given.value) ? 200 : 404 }
  const name = line.split('/passwords/')[1] ?? ''
  if (line.startsWith('PUT /passwords/')) account.passwords.set(name, given.password)
  if (line === 'GET /passwords')
    return {
      status: 200,
      json: Object.fromEntries([...account.passwords.keys()].map((one) => [one, { label: one }])),
    }
  if (line.startsWith('DELETE /passwords/')) return { status: account.passwords.delete(name) ? 204 : 404 }
  return { status: 200, json: { name } }
}

let server: http.Server
let url: string
let installation: Installation | undefined
beforeEach(async () => {
  Object.assign(account, {
    places: { key1: first, key2: second },
    passwords: new Map(),
    byHand: new Set(),
    log: [],
  })
  server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const credential = (request.headers.authorization ?? '').replace('Bearer ', '')
    const { status, json } = answer(`${request.method} ${request.url}`, body, credential)
    response.writeHead(status).end(json === undefined ? undefined : JSON.stringify(json))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  installation?.remove()
})

function install(issuer: object, value: string): Installation {
  const common = {
    type: 'http',
    base: url,
    auth: { management: { bearer: { env: TOKEN_NAME } } },
    probe: { request: 'GET /me', accepted: 200, rejected: 401 },
    settle: '20ms',
  }
  installation = makeInstallation({
    config: { issuers: { account: { ...common, ...issuer } }, defaults: { quietFor: '20ms', overlap: '0s' } },
    value,
    env: { [TOKEN_NAME]: admin },
    cache,
  })
  return installation
}

const held = (at: Installation) => valueIn(readFileSync(at.envFile, 'utf8'))
const ROTATE = ['rotate', KEY, '--wait', '20s']

const places = {
  lifecycle: 'slots',
  slots: { key1: { value: '$.key1' }, key2: { value: '$.key2' } },
  create: { request: 'POST /regenerateKey', json: { keyName: '{{ slot }}' } },
  readBack: { request: 'POST /listKeys' },
}

describe('two fixed places', { timeout: 60_000 }, () => {
  test('take turns: the free one is regenerated, then the one that was in use', async () => {
    const at = install(places, first)
    for (const [free, used] of [
      ['key2', 'key1'],
      ['key1', 'key2'],
    ] as const) {
      const before = held(at)
      account.log = []
      const ended = await at.run(ROTATE)
      expect(ended.stdout, ended.stderr).toContain('completed')
      expect(held(at)).toBe(account.places[free])
      expect(account.places[used]).not.toBe(before)
      expect(accepts(before)).toBe(false)
      expect(account.log.filter((line) => line === 'POST /regenerateKey')).toHaveLength(2)
    }
  })

  test('a value in neither place: nothing is regenerated', async () => {
    const at = install(places, 'a-value-of-neither-place-001')
    account.byHand.add('a-value-of-neither-place-001')
    const ended = await at.run(['rotate', KEY, '--wait', '3s'])
    expect(ended.stdout).not.toContain('completed')
    expect(account.log).not.toContain('POST /regenerateKey')
    expect(account.places).toEqual({ key1: first, key2: second })
  })
})

test('a value of our own is added, used, and the old one is removed', { timeout: 60_000 }, async () => {
  const ours = {
    lifecycle: 'self',
    create: {
      request: 'PUT /passwords/{{ name }}',
      json: { password: '{{ value }}' },
      generate: { value: { prefix: 'app_' } },
      id: '$.name',
    },
    list: { request: 'GET /passwords', items: '$', map: true, name: '$.label' },
    revoke: { request: 'DELETE /passwords/{{ id }}' },
    whoami: { request: 'GET /me', id: '$.id' },
  }
  account.passwords.set('old', 'old-password-of-the-app-0001')
  account.passwords.set('theirs', 'password-of-somebody-else-01')
  const at = install(ours, 'old-password-of-the-app-0001')
  const checked = await at.run(['check', '--issue', 'account'])
  expect(checked.code, checked.stdout + checked.stderr).toBe(0)
  expect([...account.passwords.keys()]).toEqual(['old', 'theirs'])
  const ended = await at.run(ROTATE)
  expect(ended.stdout, ended.stderr).toContain('completed')
  expect(held(at)).toMatch(/^app_[A-Za-z0-9]{43}$/)
  expect([...account.passwords.values()]).toEqual(['password-of-somebody-else-01', held(at)])
})

test('a key that a person made is ended by the API, by its value', { timeout: 60_000 }, async () => {
  const dashboard = {
    lifecycle: 'operator',
    operator: {
      dashboard: 'https://dash.example.com/keys',
      create: { steps: ['Create the key {{ name }}'] },
    },
    revoke: { request: 'POST /revoke', json: { value: '{{ value }}' } },
  }
  const old = 'old-key-that-a-person-made-01'
  const fresh = 'new-key-that-a-person-made-01'
  account.byHand.add(old)
  const at = install(dashboard, old)
  expect((await at.run(['rotate', KEY, '--wait', '2s'])).stderr).toContain('https://dash.example.com/keys')
  account.byHand.add(fresh)
  await at.run(['supply', KEY, '--wait', '5s'], { input: fresh })
  await at.run(['run', '--wait', '5s'])
  expect(held(at)).toBe(fresh)
  expect([...account.byHand]).toEqual([fresh])
  expect(account.log).toEqual(['POST /revoke'])
})

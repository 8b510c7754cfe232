/* A service with a certificate of one's own authority, reached through a proxy: trusted, and without a secret in sight. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make as makeConsumer } from '../../../../providers/consumers/http/index.ts'
import { options as consumerOptions } from '../../../../providers/consumers/http/options.ts'
import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { ApiIssuer } from '../../../../src/contracts/key-issuer.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import {
  type ProxiedServer,
  proxiedCertificate,
  proxiedHost,
  startProxiedServer,
} from '../../../shared/network/connect-proxy.ts'
import { admin, call, value } from './service.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-authorities-'))
const file = join(folder, 'ca.pem')
afterAll(() => rmSync(folder, { recursive: true }))

let proxied: ProxiedServer
beforeEach(async () => {
  for (const name of ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toUpperCase(), '')
  }
  proxied = await startProxiedServer()
  vi.stubEnv('HTTPS_PROXY', proxied.proxyUrl)
  vi.stubEnv('KEYROTA_TEST_ADMIN', admin)
  writeFileSync(file, proxiedCertificate)
})
afterEach(() => {
  proxied.stop()
  vi.unstubAllEnvs()
})

const context = { name: 'api', stateFolder: '/nowhere' }

function issuerWith(change: object): ApiIssuer {
  const described = {
    base: `https://${proxiedHost}`,
    auth: { management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } } },
    create: { request: 'POST /keys', parts: { value: '$.key' } },
    revoke: { request: 'DELETE /keys/{{ value }}', secretInUrl: true },
    probe: { request: 'GET /me', accepted: 200, rejected: 401 },
  }
  return make(options.parse({ ...described, ...change }), context) as ApiIssuer
}

describe('an authority of one’s own', () => {
  test('is trusted by the issuer that names it, and by no other', async () => {
    const held = material({ value })
    expect((await issuerWith({ ca: { file } }).probe(held, call())).verdict).toBe('accepted')
    expect(await issuerWith({}).probe(held, call())).toMatchObject({ verdict: 'unknown' })
    expect(proxied.served).toHaveLength(1)
  })

  test('is trusted by the consumer that names it, and by no other', async () => {
    const url = `https://${proxiedHost}/health`
    const ready = (more: object) =>
      makeConsumer(consumerOptions.parse({ url, ...more }), context).ready({ mark: '', after: 0 }, call())
    expect((await ready({ ca: { file } })).is).toBe('ready')
    await expect(ready({})).rejects.toMatchObject({ code: 'unavailable' })
  })

  test.each([
    ['is not there', () => rmSync(file)],
    ['holds no certificate', () => writeFileSync(file, 'nothing')],
  ])('whose file %s: nothing is sent', async (_, spoil) => {
    spoil()
    const failure = issuerWith({ ca: { file } }).revoke({ material: material({ value }) }, call())
    await expect(failure).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    expect(proxied.asked).toEqual([])
  })
})

test('a value in the URL is in no error of a proxy, and the proxy does not see it', async () => {
  const issuer = issuerWith({ ca: { file } })
  await issuer.revoke({ material: material({ value }) }, call())
  expect(proxied.served.map(({ url }) => url)).toEqual([`/keys/${value}`])
  expect(Buffer.concat(proxied.carried).toString('latin1')).not.toContain(value)
  for (const mode of [401, 403, 407, 502]) {
    proxied.mode = mode
    const failure = await issuer.revoke({ material: material({ value }) }, call()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'unavailable', effect: 'none' })
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(value)
  }
  expect(JSON.stringify(proxied.asked)).not.toContain(value)
})

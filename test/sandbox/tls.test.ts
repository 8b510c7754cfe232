/* The sandbox with TLS: its certificate, who trusts it, and what stays shut on other interfaces. */

import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { make as makeHttp } from '../../providers/issuers/http/index.ts'
import { options as httpOptions } from '../../providers/issuers/http/options.ts'
import { make as makePptVideo } from '../../providers/issuers/ppt-video/index.ts'
import { options as pptVideoOptions } from '../../providers/issuers/ppt-video/options.ts'
import { material } from '../../src/contracts/secret-value.ts'
import { makeIdentity } from '../../src/sandbox/certificate.ts'
import { requireLoopback } from '../../src/sandbox/http.ts'
import { planFront } from '../../src/sandbox/listener.ts'
import { closeAll, start } from './client.ts'

const now = Date.UTC(2026, 10, 27)
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }
const context = { name: 'gateway', stateFolder: '/nowhere' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-tls-'))
})
afterEach(async () => {
  await closeAll()
  rmSync(folder, { recursive: true })
})

describe('its certificate', () => {
  const names = [
    'localhost',
    '127.0.0.1',
    '::1',
    '2001:db8::7:0',
    'Gateway.example.com',
    `${'a'.repeat(63)}.test`,
  ]

  test('is read by Node with every name, and belongs to its authority and its key', () => {
    const { ca, cert, key } = makeIdentity(names, now)
    const [authority, own] = [new X509Certificate(ca), new X509Certificate(cert)]
    expect(authority.ca).toBe(true)
    expect(own.ca).toBe(false)
    expect(own.verify(authority.publicKey)).toBe(true)
    expect(own.checkIssued(authority)).toBe(true)
    expect(own.checkPrivateKey(key)).toBe(true)
    for (const name of names) expect(own.checkHost(name) ?? own.checkIP(name)).toBeDefined()
    expect(own.checkHost('other.example.com')).toBeUndefined()
    expect(own.checkIP('2001:db8::7:1')).toBeUndefined()
    expect(new Date(own.validFrom).getTime()).toBeLessThan(now)
    expect(new Date(own.validTo).getTime()).toBeGreaterThan(now)
  })

  test('passes the strict rules of OpenSSL, also beyond 2049, when dates are written otherwise', () => {
    for (const [at, year] of [
      [now, '2026'],
      [Date.UTC(2049, 11, 20), '2050'],
    ] as const) {
      const { ca, cert } = makeIdentity(names, at)
      const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem') }
      writeFileSync(files.ca, ca)
      writeFileSync(files.cert, cert)
      const moment = String(Math.floor(at / 1000))
      const strict = ['-x509_strict', '-attime', moment, '-verify_hostname', 'gateway.example.com']
      const told = spawnSync('openssl', ['verify', ...strict, '-CAfile', files.ca, files.cert], {
        encoding: 'utf8',
      })
      expect(told).toMatchObject({ status: 0, stderr: '' })
      expect(new X509Certificate(cert).validTo).toContain(year)
    }
  })

  test('is another one at each start, so that a kept authority opens nothing later', () => {
    const [one, other] = [makeIdentity(names, now), makeIdentity(names, now)]
    expect(new X509Certificate(other.cert).verify(new X509Certificate(one.ca).publicKey)).toBe(false)
    expect(new X509Certificate(one.cert).serialNumber).not.toBe(new X509Certificate(other.cert).serialNumber)
  })

  test.each([
    '',
    '*.example.com',
    'a b',
    'https://x.test',
    'x.test:1',
    'fe80::1%eth0',
    '-x',
    `${'a'.repeat(64)}.test`,
  ])('has no name %j', (name) => {
    expect(() => makeIdentity([name], now)).toThrow(/no DNS name and no IP address/)
  })

  test('has a hundred names at most', () => {
    expect(() => makeIdentity(Array(101).fill('x.test'), now)).toThrow(/100 names/)
  })
})

function keyApi(base: string): object {
  return {
    base,
    auth: { management: { bearer: { env: 'GATEWAY_TOKEN' } } },
    create: { request: 'POST /v1/keys', parts: { value: '$.key' } },
    revoke: { request: 'DELETE /v1/keys/{{ value }}', secretInUrl: true },
    probe: {
      request: 'POST /api/v1/generation/google/veo-3.1',
      json: { prompt: [] },
      accepted: 422,
      rejected: 401,
    },
  }
}

describe('an issuer', () => {
  test.each([
    [
      'http',
      (url: string, more: object) => makeHttp(httpOptions.parse({ ...keyApi(url), ...more }), context),
    ],
    [
      'ppt-video',
      (url: string, more: object) =>
        makePptVideo(pptVideoOptions.parse({ account: 'studio', base: url, ...more }), context),
    ],
  ] as const)('%s trusts the sandbox by its authority, and not without it', async (_, makeIssuer) => {
    const sandbox = await start({ tlsNames: [] })
    const file = join(folder, 'ca.pem')
    writeFileSync(file, sandbox.ca ?? '')
    const { key } = sandbox.createKey({ name: 'renderer' })
    const held = material({ value: key })
    expect(sandbox.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await makeIssuer(sandbox.url, { ca: { file } }).probe(held, call)).toMatchObject({
      verdict: 'accepted',
    })
    expect(await makeIssuer(sandbox.url, {}).probe(held, call)).toMatchObject({ verdict: 'unknown' })
    writeFileSync(file, makeIdentity(['127.0.0.1'], Date.now()).ca)
    expect(await makeIssuer(sandbox.url, { ca: { file } }).probe(held, call)).toMatchObject({
      verdict: 'unknown',
    })
  })
})

describe('the names it is called by', () => {
  function ask(url: string, ca: string | undefined, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/admin/keys`,
        { ca, servername: 'localhost', headers: { host } },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  }

  test('are those of the certificate and of the loopback interface', async () => {
    const { url, ca } = await start({ tlsNames: ['gateway.test', '2001:db8::7'] })
    for (const host of ['gateway.test:8443', 'GATEWAY.test', '[2001:db8::7]:1', 'localhost:1'])
      expect(await ask(url, ca, host)).toBe(200)
    for (const host of ['evil.example', 'x.gateway.test', 'gateway.test.evil.example'])
      expect(await ask(url, ca, host)).toBe(421)
  })
})

describe('beyond the loopback interface', () => {
  test.each(['0.0.0.0', '::', '192.0.2.7', 'gateway.test'])('%s is refused without TLS', async (host) => {
    await expect(start({ host })).rejects.toThrow(/plain text/)
    expect(planFront({ host, tlsNames: [] })).toMatchObject({ isOpen: true, scheme: 'https' })
  })

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is no such place', (host) => {
    expect(planFront({ host })).toMatchObject({ isOpen: false, scheme: 'http' })
  })

  test('the admin route needs the token of the key API', async () => {
    const { url, ca, managementToken } = await start({ host: '0.0.0.0', tlsNames: [] })
    const status = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        request(`${url}/admin/keys`, { ca, headers }, (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        })
          .on('error', reject)
          .end()
      })
    expect(await status({})).toBe(401)
    expect(await status({ authorization: `Bearer ${managementToken}` })).toBe(200)
  })

  test('the dashboard, which asks for no token, is for this machine alone', async () => {
    const app = new Hono<never>().use(requireLoopback as never).get('/', (c) => c.text('shown'))
    const statusFor = async (remoteAddress: string | undefined) =>
      (await app.request('/', {}, { incoming: { socket: { remoteAddress } } } as never)).status
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(await statusFor(address)).toBe(200)
    for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '2001:db8::1', '::', undefined])
      expect(await statusFor(address)).toBe(403)
  })
})

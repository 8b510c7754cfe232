import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import * as identity from '@azure/identity'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { options } from '../../../../providers/stores/azure-key-vault/options.ts'
import { makeIdentity, openCredential } from '../../../../providers/stores/azure-key-vault/sign-in.ts'
import type { ErrorCode } from '../../../../src/contracts/errors.ts'
import { newValue, refused } from '../../../laws/secret-store/helpers.ts'
import { collectBody } from '../../../shared/network/forward.ts'
import { selfSigned } from '../../../shared/stand-ins/kubernetes/tiny-cluster.ts'

/* The token endpoint of an authority of one's own: what it answers decides what a sign-in is refused with. */

const tenant = '11111111-2222-3333-4444-555555555555'
const folder = mkdtempSync(join(tmpdir(), 'keyrota-azure-'))
const trusted = tls.getCACertificates('default')
let address: string
let answer: { status: number; body?: object; headers?: object } | 'hang'
let forms: URLSearchParams[] = []
const paths: string[] = []

const server = https.createServer(selfSigned, async (request, response) => {
  const { pathname } = new URL(request.url ?? '', 'https://x')
  paths.push(pathname)
  const send = (status: number, body: object, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const base = `${address}/${tenant}`
  if (pathname.endsWith('/openid-configuration'))
    return send(200, {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/keys`,
    })
  forms.push(new URLSearchParams((await collectBody(request)).toString()))
  if (answer === 'hang') return undefined
  return send(answer.status, answer.body ?? {}, answer.headers)
})

beforeAll(async () => {
  tls.setDefaultCACertificates([...trusted, selfSigned.cert])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  forms = []
  answer = { status: 200, body: { token_type: 'Bearer', expires_in: 3600, access_token: 'a-token' } }
})
afterAll(async () => {
  tls.setDefaultCACertificates(trusted)
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const client = { tenantId: tenant, clientId: 'an-application' }

async function getToken(auth: object, more: { limitMs?: number; authorityHost?: string } = {}) {
  const given = options.parse({
    vault: 'https://v.vault.azure.net',
    authorityHost: more.authorityHost ?? address,
    disableInstanceDiscovery: true,
    auth,
  })
  const credential = await openCredential('azure', given, more.limitMs)
  return (await credential.getToken('https://vault.azure.net/.default'))?.token
}

function clientSecret(value = newValue()) {
  process.env.TEST_AZURE_SECRET = value
  return { clientSecret: { ...client, secret: { env: 'TEST_AZURE_SECRET' } } }
}

describe('a token from an authority of one’s own', () => {
  test('for a client secret of this store, read again when it is renewed', async () => {
    const file = join(folder, 'secret')
    const [first, second] = [newValue(), newValue()]
    writeFileSync(file, `${first}\n`)
    const given = options.parse({
      vault: 'https://v.vault.azure.net',
      authorityHost: address,
      disableInstanceDiscovery: true,
      auth: { clientSecret: { ...client, secret: { file } } },
    })
    const credential = await openCredential('azure', given)
    assert.equal((await credential.getToken('https://vault.azure.net/.default'))?.token, 'a-token')
    writeFileSync(file, second)
    await credential.getToken('https://vault.azure.net/.default')
    assert.deepEqual(
      forms.map((form) => form.get('client_secret')),
      [first, second],
    )
    assert.ok(
      paths.every((path) => path.startsWith(`/${tenant}/`)),
      'nobody else is asked for the authority',
    )
  })

  test('for a certificate', async () => {
    const pem = join(folder, 'certificate.pem')
    writeFileSync(pem, makeCertificate())
    assert.equal(await getToken({ clientCertificate: { ...client, certificate: { file: pem } } }), 'a-token')
    assert.match(forms[0]?.get('client_assertion') ?? '', /^ey/)
  })

  test('two stores have two identities', async () => {
    process.env.TEST_AZURE_ONE = 'one'
    process.env.TEST_AZURE_OTHER = 'other'
    for (const name of ['ONE', 'OTHER'])
      await getToken({ clientSecret: { ...client, secret: { env: `TEST_AZURE_${name}` } } })
    assert.deepEqual(
      forms.map((form) => form.get('client_secret')),
      ['one', 'other'],
    )
  })
})

function makeCertificate(): string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-days', '2']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'pipe' })
  return readFileSync(key, 'utf8') + readFileSync(cert, 'utf8')
}

describe('a sign-in that fails says how', () => {
  const refusal = (error: string, code: string) => ({
    error,
    error_description: `${code}: words of the service`,
  })
  const rows: readonly [string, Exclude<typeof answer, 'hang'>, ErrorCode, RegExp, RegExp][] = [
    [
      'a wrong or expired client secret',
      { status: 401, body: refusal('invalid_client', 'AADSTS7000215') },
      'denied',
      /refused the identity \(401\).*AADSTS7000215/,
      /client secret/,
    ],
    [
      'an unknown tenant',
      { status: 400, body: refusal('invalid_request', 'AADSTS90002') },
      'denied',
      /AADSTS90002/,
      /tenant/,
    ],
    [
      'an unknown client',
      { status: 400, body: refusal('unauthorized_client', 'AADSTS700016') },
      'denied',
      /AADSTS700016/,
      /client id/,
    ],
    ['an endpoint that is down', { status: 503 }, 'unavailable', /failed with status 503/, /try again/],
    [
      'an endpoint that throttles',
      { status: 429, headers: { 'retry-after': '7' } },
      'throttled',
      /\(429\)/,
      /Wait/,
    ],
    [
      'an endpoint that is somewhere else',
      { status: 404 },
      'invalid',
      /does not know this address/,
      /authorityHost/,
    ],
  ]
  for (const [name, given, code, message, nextStep] of rows)
    test(name, async () => {
      answer = given
      const error = await refused(getToken(clientSecret()), code)
      assert.match(error.message, message)
      assert.match(error.message, /nothing was sent to the vault/)
      assert.match(error.nextStep, nextStep)
      assert.ok(!error.message.includes('words of the service'))
      if (code === 'throttled') assert.equal(error.retryAfterMs, 7000)
    })

  test('an endpoint that nobody serves', async () => {
    const error = await refused(
      getToken(clientSecret(), { authorityHost: 'https://127.0.0.1:9' }),
      'unavailable',
    )
    assert.match(error.message, /127\.0\.0\.1:9 cannot be reached/)
  })

  test('an endpoint that is slow', async () => {
    answer = 'hang'
    const error = await refused(getToken(clientSecret(), { limitMs: 400 }), 'unavailable')
    assert.match(error.message, /no token within 400 ms from the token endpoint 127/)
  })

  test('no identity at all, and none to read', async () => {
    const absent = { workloadIdentity: { ...client, tokenFile: join(folder, 'absent') } }
    assert.match((await refused(getToken(absent), 'invalid')).message, /cannot be read \(ENOENT\)/)
    const secret = { clientSecret: { ...client, secret: { env: 'TEST_AZURE_ABSENT' } } }
    assert.match(
      (await refused(getToken(secret), 'invalid')).message,
      /TEST_AZURE_ABSENT is empty or not set/,
    )
    writeFileSync(join(folder, 'broken.pem'), 'no certificate')
    const broken = { clientCertificate: { ...client, certificate: { file: join(folder, 'broken.pem') } } }
    await refused(getToken(broken), 'invalid')
  })
})

test('a given token is read again when it is asked for', async () => {
  process.env.TEST_AZURE_TOKEN = 'first'
  const accessToken = { accessToken: { env: 'TEST_AZURE_TOKEN' } }
  const given = options.parse({ vault: 'https://v.vault.azure.net', auth: accessToken })
  const credential = await openCredential('azure', given)
  assert.equal((await credential.getToken('scope'))?.token, 'first')
  process.env.TEST_AZURE_TOKEN = 'second'
  assert.equal((await credential.getToken('scope'))?.token, 'second')
})

test('each way of signing in is that of the official library', () => {
  const name = (auth: object | string) => {
    const parsed = options.parse({ vault: 'https://v.vault.azure.net', auth }).auth
    return makeIdentity(identity, parsed as never, {}).constructor.name
  }
  assert.equal(name('default'), 'DefaultAzureCredential')
  assert.equal(name({ managedIdentity: {} }), 'ManagedIdentityCredential')
  assert.equal(name({ managedIdentity: { clientId: 'c' } }), 'ManagedIdentityCredential')
  const workloadIdentity = { clientId: 'c', tenantId: 't', tokenFile: '/var/run/token' }
  assert.equal(name({ workloadIdentity }), 'WorkloadIdentityCredential')
})

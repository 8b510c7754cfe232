import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { LeaseOverError, ProviderError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { proxiedCertificate, proxiedHost, startProxiedServer } from '../../../shared/network/connect-proxy.ts'
import {
  answerJson,
  type CannedServer,
  cannedValue,
  makeGcpStore,
  makeGcpStoreWithToken,
  serveVersion,
  startCannedServer,
} from '../../../shared/stand-ins/gcp/canned-server.ts'

const whole = { secret: 'app', fields: { value: null } }
const newCall = () => ({ signal: AbortSignal.timeout(10_000), beforeSend: () => undefined })

let folder: string
let server: CannedServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-gcp-'))
  server = await startCannedServer()
})

afterEach(() => {
  server.stop()
  rmSync(folder, { recursive: true })
})

const storeWithToken = () => makeGcpStoreWithToken(server.url, folder)

const grant = {
  access_token: 'exchanged',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 60,
}

/** Default credentials of workload identity federation, whose token endpoint is the canned server's `/token`. */
function writeFederation(more: Record<string, unknown> = {}): Record<string, string> {
  const subject = join(folder, 'subject')
  writeFileSync(subject, 'subject-token')
  const config = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${server.url}/token`,
    credential_source: { file: subject },
    ...more,
  }
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify(config))
  return { GOOGLE_APPLICATION_CREDENTIALS: file }
}

describe('credentials', () => {
  test('a given token is read again for each request', async () => {
    const store = storeWithToken()
    await store.read(whole, '1', newCall())
    writeFileSync(join(folder, 'token'), 'second-token\n')
    await store.read(whole, '1', newCall())
    assert.deepEqual(
      server.seen.map(({ authorization }) => authorization),
      ['Bearer first-token', 'Bearer second-token'],
    )
  })

  test('a token does not follow a redirect', async () => {
    server.handler = (_, response) => {
      response.writeHead(307, { location: `${server.url}/elsewhere` })
      response.end()
    }
    await assert.rejects(storeWithToken().read(whole, '1', newCall()), ProviderError)
    assert.equal(server.seen.length, 1)
  })

  test('an absent token and absent default credentials are reported, and nothing is sent', async () => {
    const absent = makeGcpStore(server.url, { accessToken: { file: join(folder, 'none') } })
    await assert.rejects(absent.read(whole, '1', newCall()), { code: 'invalid', effect: 'none' })
    await withEnv({ HOME: folder, CLOUDSDK_CONFIG: folder, METADATA_SERVER_DETECTION: 'none' }, async () => {
      await assert.rejects(makeGcpStore(server.url).read(whole, '1', newCall()), {
        code: 'denied',
        effect: 'none',
      })
      // An unhandled rejection of the client's would end the process, and this test with it.
      await new Promise((resolve) => setTimeout(resolve, 50))
    })
    assert.equal(server.seen.length, 0)
  })

  test('default credentials do not follow a redirect, nor does the new key, and their quota project stays', async () => {
    const other = await startCannedServer()
    server.handler = (request, response) => {
      if (request.url === '/token') return answerJson(response, 200, grant)
      if (!request.url?.includes(':addVersion')) return serveVersion(request, response)
      response.writeHead(307, { location: `${other.url}${request.url}` }).end()
    }
    await withEnv(writeFederation({ quota_project_id: 'payer' }), async () => {
      const intent = { mark: 'm-1', replaces: '1' }
      const value = material({ value: 'another-key-of-length' })
      const write = makeGcpStore(server.url).write(whole, value, intent, newCall())
      await assert.rejects(write, (error: ProviderError) => error instanceof ProviderError)
    })
    assert.equal(other.seen.length, 0)
    const sent = server.seen.filter(({ path }) => path !== '/token')
    assert.deepEqual(
      sent.map(({ authorization, payer }) => [authorization, payer]),
      [
        ['Bearer exchanged', 'payer'],
        ['Bearer exchanged', 'payer'],
      ],
    )
    other.stop()
  })

  test.each([
    [400, 'denied', /token endpoint .* refused them \(400\); nothing was sent/],
    [503, 'unavailable', /token endpoint .* failed with status 503/],
    [404, 'denied', /refused them \(404\)/],
  ])('a token endpoint that answers %i: %s, and nothing is sent', async (status, code, message) => {
    server.handler = (_, response) => answerJson(response, status, { error: 'invalid_grant' })
    await withEnv(writeFederation(), async () => {
      const read = makeGcpStore(server.url).read(whole, '1', newCall())
      await assert.rejects(read, { code, effect: 'none', message })
    })
    assert.deepEqual(new Set(server.seen.map(({ path }) => path)), new Set(['/token']))
  })

  test('a lease that ends while the token is fetched lets nothing out', async () => {
    let isOver = false
    server.handler = (_, response) => {
      isOver = true
      answerJson(response, 200, grant)
    }
    await withEnv(writeFederation(), async () => {
      const beforeSend = () => {
        if (isOver) throw new LeaseOverError()
      }
      const read = makeGcpStore(server.url).read(whole, '1', { ...newCall(), beforeSend })
      await assert.rejects(read, LeaseOverError)
    })
    assert.deepEqual(
      server.seen.map(({ path }) => path),
      ['/token'],
    )
  })

  test('workload identity federation: a subject token from a file is exchanged for an access token', async () => {
    server.handler = (request, response) => {
      if (request.url !== '/token') return serveVersion(request, response)
      answerJson(response, 200, grant)
    }
    await withEnv(writeFederation(), async () => {
      const held = await makeGcpStore(server.url).read(whole, '1', newCall())
      assert.equal(held.material.value?.expose(), cannedValue)
    })
    assert.equal(server.seen.at(-1)?.authorization, 'Bearer exchanged')
  })
})

test('requests go through the proxy of the environment, which sees neither token nor key', async () => {
  const proxied = await startProxiedServer(serveVersion)
  setDefaultCACertificates([...getCACertificates('default'), proxiedCertificate])
  await withEnv({ HTTPS_PROXY: proxied.proxyUrl, https_proxy: '', NO_PROXY: '', no_proxy: '' }, async () => {
    const held = await makeGcpStoreWithToken(`https://${proxiedHost}`, folder).read(whole, '1', newCall())
    assert.equal(held.material.value?.expose(), cannedValue)
  })
  assert.deepEqual(
    proxied.asked.map(({ line }) => line),
    [`CONNECT ${proxiedHost}:443`],
  )
  assert.ok(!Buffer.concat(proxied.carried).includes('first-token'))
  proxied.stop()
})

async function withEnv(changes: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const before = { ...process.env }
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS
  Object.assign(process.env, changes)
  try {
    await work()
  } finally {
    for (const name of [...Object.keys(changes), 'GOOGLE_APPLICATION_CREDENTIALS']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

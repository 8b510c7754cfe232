import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import {
  answerJson,
  type CannedServer,
  cannedValue,
  makeGcpStore,
  makeGcpStoreWithToken,
  serveVersion,
  startCannedServer,
} from '../../shared/gcp-canned-server.ts'

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

describe('credentials', () => {
  test('a given token is read anew for each request', async () => {
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

  test('an absent token and absent default credentials are said, and nothing is sent', async () => {
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

  test('workload identity federation: a subject token from a file is exchanged for an access token', async () => {
    const file = join(folder, 'subject')
    writeFileSync(file, 'subject-token')
    const config = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/token`,
      credential_source: { file },
    }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    server.handler = (request, response) => {
      if (request.url !== '/token') return serveVersion(request, response)
      const type = 'urn:ietf:params:oauth:token-type:access_token'
      answerJson(response, 200, {
        access_token: 'exchanged',
        issued_token_type: type,
        token_type: 'Bearer',
        expires_in: 60,
      })
    }
    await withEnv({ GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'config.json') }, async () => {
      const held = await makeGcpStore(server.url).read(whole, '1', newCall())
      assert.equal(held.material.value?.expose(), cannedValue)
    })
    assert.equal(server.seen.at(-1)?.authorization, 'Bearer exchanged')
  })
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

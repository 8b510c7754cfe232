import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { crc32c } from '../../../../providers/stores/gcp-secret-manager/checksum.ts'
import { resourceOf } from '../../../../providers/stores/gcp-secret-manager/names.ts'
import { checkAddress, permissions } from '../../../../providers/stores/gcp-secret-manager/options.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import {
  answerJson,
  type CannedServer,
  type Handler,
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

describe('the effect of an addition that failed', () => {
  const write = (store: SecretStore) =>
    store.write(
      whole,
      material({ value: 'another-key-of-length' }),
      { mark: 'm-1', replaces: '1' },
      newCall(),
    )

  /** Only the addition meets this. */
  const onAdd = (broken: Handler): Handler => {
    return (request, response, body) =>
      request.url?.includes(':addVersion') ? broken(request, response, body) : serveVersion(request, response)
  }

  const cases: readonly [string, Handler, { code: string; effect: string }][] = [
    ['a cut connection', (request) => request.socket.destroy(), { code: 'unavailable', effect: 'unknown' }],
    [
      'half an answer',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"proj'),
      { code: 'unavailable', effect: 'unknown' },
    ],
    [
      'an answer without a number',
      (_, response) => answerJson(response, 200, {}),
      { code: 'unavailable', effect: 'unknown' },
    ],
    [
      '503',
      (_, response) => answerJson(response, 503, { error: { code: 503, status: 'UNAVAILABLE' } }),
      { code: 'unavailable', effect: 'unknown' },
    ],
    [
      '500 in HTML',
      (_, response) => void response.writeHead(500).end('<html>'),
      { code: 'unavailable', effect: 'unknown' },
    ],
    [
      '501',
      (_, response) => answerJson(response, 501, { error: { code: 501, status: 'UNIMPLEMENTED' } }),
      { code: 'invalid', effect: 'none' },
    ],
    [
      '501 in HTML',
      (_, response) => void response.writeHead(501).end('<html>'),
      { code: 'invalid', effect: 'none' },
    ],
    [
      '429',
      (_, response) => answerJson(response, 429, { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }),
      { code: 'throttled', effect: 'none' },
    ],
    [
      '403',
      (_, response) => answerJson(response, 403, { error: { code: 403, status: 'PERMISSION_DENIED' } }),
      { code: 'denied', effect: 'none' },
    ],
    [
      '401',
      (_, response) => answerJson(response, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } }),
      { code: 'denied', effect: 'none' },
    ],
    [
      '404 in HTML',
      (_, response) => void response.writeHead(404).end('<html>'),
      { code: 'not_found', effect: 'none' },
    ],
    [
      'a version that is not the next one',
      (_, response) => answerJson(response, 200, { name: 'projects/1/secrets/app/versions/3', state: 1 }),
      { code: 'conflict', effect: 'unknown' },
    ],
  ]
  for (const [name, broken, expected] of cases) {
    test(name, async () => {
      server.handler = onAdd(broken)
      await assert.rejects(write(storeWithToken()), expected)
    })
  }

  test('a refused connection: nothing', async () => {
    server.stop()
    await assert.rejects(write(storeWithToken()), { code: 'unavailable', effect: 'none' })
  })
})

test('a payload that does not fit its checksum is not used', async () => {
  server.handler = (_, response) =>
    answerJson(response, 200, { payload: { data: 'QUFBQQ==', dataCrc32c: '1' } })
  await assert.rejects(storeWithToken().read(whole, '1', newCall()), { code: 'unavailable' })
})

test.each([
  [404, 'NOT_FOUND'],
  [501, 'UNIMPLEMENTED'],
])(
  'a server that answers %i when asked for permissions leaves the right to write assumed',
  async (code, status) => {
    server.handler = (request, response) =>
      request.url?.includes('testIamPermissions')
        ? answerJson(response, code, { error: { code, status } })
        : serveVersion(request, response)
    assert.equal((await storeWithToken().check(whole, newCall())).write, 'assumed')
  },
)

test('a secret with a rotation schedule is refused, unless nothing rotates it by that', async () => {
  const rotation = { nextRotationTime: '2099-01-01T00:00:00Z', rotationPeriod: '86400s' }
  server.handler = (request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname
    if (path.endsWith('/secrets/app'))
      return answerJson(response, 200, { name: 'projects/1/secrets/app', rotation })
    if (path.endsWith(':testIamPermissions'))
      return answerJson(response, 200, {
        permissions: ['secretmanager.versions.add', 'secretmanager.versions.destroy'],
      })
    return serveVersion(request, response)
  }
  const checked = (given: object) => makeGcpStoreWithToken(server.url, folder, given).check(whole, newCall())
  await assert.rejects(checked({}), { code: 'invalid', message: /rotation schedule/ })
  assert.equal((await checked({ writers: { allow: ['rotation'] } })).read, 'proved')
})

test('the checksum is CRC-32C', () => {
  // RFC 3720 appendix B.4 and the check value of the catalogue of CRCs.
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(0)), 0)
})

test('names: ids and resource names, in the location of the store only', () => {
  const here = { project: 'mine', location: 'europe-west3' }
  assert.equal(resourceOf('app', { project: 'mine' }), 'projects/mine/secrets/app')
  assert.equal(resourceOf('app', here), 'projects/mine/locations/europe-west3/secrets/app')
  assert.equal(resourceOf('projects/other/secrets/app', { project: 'mine' }), 'projects/other/secrets/app')
  assert.equal(resourceOf('projects/other/secrets/app', here), undefined)
  for (const secret of ['a/b', 'projects/p/secrets/a/versions/1', 'a.b', '']) {
    assert.notDeepEqual(checkAddress({ secret, fields: { value: null } }), [], secret)
  }
})

test('the printed role names each secret once, a reader gets access alone', () => {
  const addresses = ['b', 'a', 'a'].map((secret) => ({ secret, fields: { value: 'X' } }))
  const printed = JSON.parse(permissions({ options: { project: 'mine' }, addresses, role: 'reader' }))
  assert.deepEqual(printed.role.includedPermissions, ['secretmanager.versions.access'])
  assert.deepEqual(
    printed.bindings.map(({ resource }: { resource: string }) => resource),
    ['projects/mine/secrets/a', 'projects/mine/secrets/b'],
  )
})

test('the role is made in every project of the secrets, since it can be granted there alone', () => {
  const addresses = ['a', 'projects/other/secrets/b', 'projects/other/secrets/c'].map((secret) => ({
    secret,
    fields: { value: 'X' },
  }))
  const printed = JSON.parse(permissions({ options: { project: 'mine' }, addresses, role: 'keyrota' }))
  assert.deepEqual(printed.roleNames, ['projects/mine/roles/keyrota', 'projects/other/roles/keyrota'])
  assert.deepEqual(
    printed.bindings.map(({ resource, role }: { resource: string; role: string }) => [resource, role]),
    [
      ['projects/mine/secrets/a', 'projects/mine/roles/keyrota'],
      ['projects/other/secrets/b', 'projects/other/roles/keyrota'],
      ['projects/other/secrets/c', 'projects/other/roles/keyrota'],
    ],
  )
})

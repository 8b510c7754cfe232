import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import type { SecretAddress, SecretStore } from '../../../../src/contracts/secret-store.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import {
  type CannedServer,
  makeGcpStoreWithToken,
  makeLaggingSecret,
  startCannedServer,
} from '../../../shared/stand-ins/gcp/canned-server.ts'

const whole = { secret: 'app', fields: { value: null } }
const first = { secret: 'app', fields: { value: 'FIRST' } }
const second = { secret: 'app', fields: { value: 'SECOND' } }
const newCall = () => ({ signal: AbortSignal.timeout(10_000), beforeSend: () => undefined })

let folder: string
let server: CannedServer
let store: SecretStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-gcp-'))
  server = await startCannedServer()
  store = makeGcpStoreWithToken(server.url, folder)
})

afterEach(async () => {
  await store.close?.()
  server.stop()
  rmSync(folder, { recursive: true })
})

function serve(...texts: string[]) {
  const secret = makeLaggingSecret(...texts)
  server.handler = secret.handler
  return secret
}

const write = (address: SecretAddress, value: string, mark: string, replaces: string) =>
  store.write(address, material({ value }), { mark, replaces }, newCall())

const readCurrent = async (address: SecretAddress) => {
  const { version, material: held } = await store.read(address, 'current', newCall())
  return [version, held.value?.expose()]
}

describe('while the list is behind our own additions', () => {
  test('what we wrote is current, and can be written over at once', async () => {
    const secret = serve('a-value-of-the-start')
    assert.deepEqual(await write(whole, 'a-value-of-the-second', 'm-1', '1'), { version: '2' })
    assert.deepEqual(await readCurrent(whole), ['2', 'a-value-of-the-second'])
    await store.read(whole, '1', newCall())
    assert.deepEqual(await write(whole, 'a-value-of-the-start', 'm-2', '2'), { version: '3' })
    assert.deepEqual(await readCurrent(whole), ['3', 'a-value-of-the-start'])
    assert.equal(secret.versions.length, 3)
    secret.listed = 3
    assert.deepEqual(await readCurrent(whole), ['3', 'a-value-of-the-start'])
  })

  test('the second of two keys in one secret keeps what the first one wrote', async () => {
    const old = { FIRST: 'first-value-of-old', SECOND: 'second-value-of-old' }
    const secret = serve(JSON.stringify(old))
    await write(first, 'first-value-of-new', 'm-1', '1')
    await assert.rejects(write(second, 'second-value-of-new', 'm-2', '1'), {
      code: 'conflict',
      effect: 'none',
    })
    assert.deepEqual(await readCurrent(second), ['2', old.SECOND])
    assert.deepEqual(await write(second, 'second-value-of-new', 'm-3', '2'), { version: '3' })
    const made = { FIRST: 'first-value-of-new', SECOND: 'second-value-of-new' }
    assert.deepEqual(JSON.parse(secret.versions[2]?.text ?? ''), made)
  })

  test('a repeat after a lost answer finds its version by number', async () => {
    const secret = serve('a-value-of-the-start')
    server.handler = (request, response, body) => {
      if (!request.url?.includes(':addVersion')) return secret.handler(request, response, body)
      secret.versions.push({ text: 'a-value-of-the-second', state: 'ENABLED' })
      request.socket.destroy()
    }
    await assert.rejects(write(whole, 'a-value-of-the-second', 'm-1', '1'), { effect: 'unknown' })
    server.handler = secret.handler
    assert.deepEqual(await write(whole, 'a-value-of-the-second', 'm-1', '1'), { version: '2' })
    assert.equal(secret.versions.length, 2)
  })

  test('our newest version is not retired, nor is one that the list does not show replaced', async () => {
    const secret = serve('a-value-of-the-start')
    await write(whole, 'a-value-of-the-second', 'm-1', '1')
    await assert.rejects(store.retire(whole, '2', newCall()), { code: 'conflict' })
    secret.versions.push({ text: 'a-value-of-the-third', state: 'ENABLED' })
    await assert.rejects(store.retire(whole, '3', newCall()), { code: 'unavailable', effect: 'none' })
    assert.equal(await store.retire(whole, '1', newCall()), 'gone')
  })

  test('a secret created again under the same name starts over', async () => {
    serve('a-value-of-the-start')
    await write(whole, 'a-value-of-the-second', 'm-1', '1')
    const anew = serve('a-value-made-anew-1')
    assert.deepEqual(await readCurrent(whole), ['1', 'a-value-made-anew-1'])
    assert.deepEqual(await write(whole, 'a-value-of-the-third', 'm-2', '1'), { version: '2' })
    anew.listed = 2
    assert.deepEqual(await readCurrent(whole), ['2', 'a-value-of-the-third'])
  })
})

describe.each(['DISABLED', 'DESTROYED'] as const)('a newest version that is %s', (state) => {
  test('is an error whose next step can be done; no older one stands in for it', async () => {
    const secret = serve('a-value-of-the-start', 'a-value-of-the-second')
    Object.assign(secret.versions[1] ?? {}, { state })
    const nextStep = state === 'DISABLED' ? /Enable version 2/ : /^Add a version/
    const expected = { code: 'invalid', effect: 'none', nextStep }
    await assert.rejects(readCurrent(whole), expected)
    await assert.rejects(store.check(whole, newCall()), expected)
    await assert.rejects(write(whole, 'a-value-of-the-third', 'm-1', '1'), expected)
    assert.equal(secret.versions.length, 2)
  })

  test('does not keep a dead value from being retired', async () => {
    const secret = serve('a-value-of-the-start', 'a-value-of-the-second')
    Object.assign(secret.versions[1] ?? {}, { state })
    assert.equal(await store.retire(whole, '1', newCall()), 'gone')
  })
})

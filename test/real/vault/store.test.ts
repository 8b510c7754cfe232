import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { get, newCall, newValue, oneField, put, refused, seeded } from '../../laws/secret-store/helpers.ts'
import { type StoreFixture, secretStoreLaw } from '../../laws/secret-store.ts'
import { type FaultProxy, onPath, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeTokenStore, makeVaultFixture } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: server.address })
  fixture = makeVaultFixture(server, proxy)
})
afterEach(() => proxy.clear())
afterAll(() => proxy.close())

describe('vault keeps the law: OpenBao', () => {
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

describe('requests', () => {
  test('a read is one, a write two, a retirement two', async () => {
    const { address, version } = await seeded(fixture)
    proxy.forget()
    await fixture.store.read(address, 'current', newCall())
    await fixture.store.read(address, version, newCall())
    assert.equal(proxy.requests.length, 2)
    proxy.forget()
    await put(fixture.store, address, newValue(), version)
    assert.deepEqual(
      proxy.requests.map(({ method }) => method),
      ['GET', 'POST'],
    )
    proxy.forget()
    await fixture.store.retire(address, version, newCall())
    assert.equal(proxy.requests.length, 2)
  })

  test('variables of the environment that node-vault reads are not used', async () => {
    const variables = {
      VAULT_TOKEN: 'other',
      VAULT_NAMESPACE: 'other',
      VAULT_PREFIX: '/other',
      VAULT_ADDR: 'http://127.0.0.1:9',
    }
    Object.assign(process.env, variables)
    try {
      const { secret, old } = await seeded(fixture)
      const store = makeTokenStore(proxy.url, server.rootToken)
      assert.deepEqual(await get(store, oneField(secret), 'current'), { value: old })
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name]
    }
  })

  test('no error contains a token', async () => {
    const token = await server.newToken('')
    const { address } = await seeded(fixture)
    const denied = await refused(
      makeTokenStore(proxy.url, token).read(address, 'current', newCall()),
      'denied',
    )
    assert.ok(!inspect(denied, { depth: 9, showHidden: true }).includes(token))
    proxy.arm({ action: { kind: 'cut-before' } })
    const cut = await refused(
      makeTokenStore(proxy.url, token).read(address, 'current', newCall()),
      'unavailable',
    )
    assert.ok(!inspect(cut, { depth: 9, showHidden: true }).includes(token))
  })
})

describe('siblings', () => {
  test('values that are no strings stay what they are', async () => {
    const secret = await server.newSecret({ API_KEY: newValue() })
    const others = {
      NUMBER: 1.5,
      LARGE: 1e25,
      FLAG: true,
      NOTHING: null,
      NESTED: { list: [1, 'two'] },
    }
    await server.mergeFields(secret, others as never)
    const before = await server.ask('GET', `secret/data/${secret}`)
    const { version } = await fixture.store.read(oneField(secret), 'current', newCall())
    const value = newValue()
    await put(fixture.store, oneField(secret), value, version)
    const fields = await server.readFields(secret)
    assert.deepEqual(fields, { ...(before as { data: { data: object } }).data.data, API_KEY: value })
    const other = { secret, fields: { value: 'FLAG' } }
    await refused(fixture.store.read(other, 'current', newCall()), 'invalid')
  })
})

describe('a server that cannot answer', () => {
  test('sealed is unavailable, and all is as before once it is unsealed', async () => {
    const { address, old, version } = await seeded(fixture)
    await server.send('PUT', 'sys/seal')
    try {
      const error = await refused(fixture.store.read(address, 'current', newCall()), 'unavailable')
      assert.match(error.message, /sealed/)
      await refused(put(fixture.store, address, newValue(), version), 'unavailable')
    } finally {
      await server.send('PUT', 'sys/unseal', { key: requireEnv('KEYROTA_TEST_VAULT_UNSEAL_KEY') })
    }
    assert.deepEqual(await get(fixture.store, address, 'current'), { value: old })
  })

  test('a standby is unavailable, and its redirect is not followed', async () => {
    const { address, version } = await seeded(fixture)
    for (const status of [307, 412, 472, 473]) {
      const headers = { location: `${server.address}/v1/secret/data/${address.secret}` }
      proxy.arm({ action: { kind: 'answer', status, headers }, times: 1 })
      await refused(fixture.store.read(address, 'current', newCall()), 'unavailable')
      proxy.arm({ action: { kind: 'answer', status, headers }, when: onPath('POST', /data/), times: 1 })
      const error = await refused(put(fixture.store, address, newValue(), version), 'unavailable')
      assert.equal(error.effect, 'none')
    }
  })

  test('an answer of something else is unavailable', async () => {
    const { address } = await seeded(fixture)
    for (const body of ['<html></html>', '[]', '{}', '{"data":{"k":"v1"}}']) {
      proxy.arm({ action: { kind: 'answer', status: 200, body }, times: 1 })
      await refused(fixture.store.read(address, 'current', newCall()), 'unavailable')
    }
  })

  test('a mount that is not there is not an absent secret', async () => {
    const { address } = await seeded(fixture)
    const store = makeTokenStore(proxy.url, server.rootToken, { mount: 'elsewhere' })
    await refused(store.read(address, 'current', newCall()), 'invalid')
  })
})

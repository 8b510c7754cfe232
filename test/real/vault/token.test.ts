import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { get, newCall, refused, seeded } from '../../laws/secret-store/helpers.ts'
import type { StoreFixture } from '../../laws/secret-store.ts'
import { type FaultProxy, onPath, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import {
  makeTokenStore,
  makeVaultFixture,
  makeVaultStore,
} from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
const policy =
  'path "secret/data/*" { capabilities = ["read", "update"] }\npath "secret/destroy/*" { capabilities = ["update"] }'
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: server.address })
  fixture = makeVaultFixture(server, proxy)
})
beforeEach(() => proxy.forget())
afterAll(() => proxy.close())

const lookups = () => proxy.count(onPath('GET', /\/lookup-self$/))
const renewals = () => proxy.count(onPath('POST', /\/renew-self$/))

async function notesOf(token: string): Promise<readonly string[]> {
  const { address } = await seeded(fixture)
  return (await makeTokenStore(proxy.url, token).check(address, newCall())).notes
}

describe('a token that is given', () => {
  test('outlives its period as long as it is used, renewed once for calls at the same time', async () => {
    const { address, old } = await seeded(fixture)
    proxy.forget()
    const store = makeTokenStore(proxy.url, await server.newToken(policy, { period: '6s', ttl: '' }))
    const readThrice = async () => {
      for (const one of await Promise.all([1, 2, 3].map(() => get(store, address, 'current'))))
        assert.deepEqual(one, { value: old })
    }
    await readThrice()
    assert.deepEqual([lookups(), renewals()], [1, 0])
    for (let round = 1; round <= 3; round += 1) {
      await sleep(2500)
      await readThrice()
      assert.deepEqual([lookups(), renewals()], [1, round])
    }
    await store.close?.()
    assert.equal(proxy.count(onPath('POST', /\/revoke-self$/)), 0)
  })

  test('that is wrong or was revoked is told from one that lacks a right', async () => {
    const { address } = await seeded(fixture)
    const readWith = (token: string) => makeTokenStore(proxy.url, token).read(address, 'current', newCall())
    const wrong = await refused(readWith('a-token-that-nobody-made'), 'denied')
    assert.match(wrong.message, /given token is not accepted/)
    assert.match(wrong.nextStep, /auth\.token.*If it is current: Give the policy/)
    const lacking = await refused(readWith(await server.newToken('')), 'denied')
    assert.match(lacking.message, /the policy lacks "read"/)
  })

  test('is renewed by a process that starts late in its period', async () => {
    const { address } = await seeded(fixture)
    const token = await server.newToken(policy, { period: '6s', ttl: '' })
    await sleep(2500)
    proxy.forget()
    await makeTokenStore(proxy.url, token).read(address, 'current', newCall())
    assert.equal(renewals(), 1)
  })

  test('whose renewal brings no more time is not renewed again, and its end is noted', async () => {
    const { address } = await seeded(fixture)
    const token = await server.newToken(policy, { ttl: '30s', explicit_max_ttl: '6s' })
    const store = makeTokenStore(proxy.url, token)
    await store.read(address, 'current', newCall())
    await sleep(2500)
    proxy.forget()
    await store.read(address, 'current', newCall())
    const { notes } = await store.check(address, newCall())
    assert.equal(renewals(), 1)
    assert.match(notes.join(), /expires in 0 min and cannot be renewed/)
  })

  test('that cannot be renewed is used as it is, with a note of its end', async () => {
    const token = await server.newToken(policy, { renewable: false, ttl: '1h' })
    assert.match((await notesOf(token)).join(), /^the token expires in 59 min and cannot be renewed/)
    assert.equal(renewals(), 0)
  })

  test('that may not look itself up is used without, which is noted', async () => {
    const { address, old } = await seeded(fixture)
    proxy.forget()
    const store = makeTokenStore(proxy.url, await server.newToken(policy, { no_default_policy: true }))
    assert.deepEqual(await get(store, address, 'current'), { value: old })
    const { notes } = await store.check(address, newCall())
    assert.match(notes.join(), /may not look itself up/)
    assert.equal(lookups(), 1)
  })

  test('in a file is looked up again when it is another one', async () => {
    const { address } = await seeded(fixture)
    const file = join(tmpdir(), `keyrota-vault-token-${process.pid}`)
    try {
      const store = makeVaultStore({ address: proxy.url, auth: { token: { file } } })
      proxy.forget()
      for (const _ of [1, 2]) {
        await writeFile(file, await server.newToken(policy), { mode: 0o600 })
        await store.read(address, 'current', newCall())
        await store.read(address, 'current', newCall())
      }
      assert.equal(lookups(), 2)
    } finally {
      await rm(file, { force: true })
    }
  })
})

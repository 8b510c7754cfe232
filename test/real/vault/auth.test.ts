import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { get, newCall, newValue, put, refused, seeded } from '../../laws/secret-store/helpers.ts'
import type { StoreFixture } from '../../laws/secret-store.ts'
import { type FaultProxy, onPath, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeVaultFixture, makeVaultStore } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: server.address })
  fixture = makeVaultFixture(server, proxy)
})
afterAll(() => proxy.close())

describe('signing in', () => {
  const policy = 'path "secret/data/*" { capabilities = ["read", "update"] }'

  async function newRole(more: object = {}): Promise<{ roleId: { env: string }; secretId: { env: string } }> {
    const mounts = (await server.ask('GET', 'sys/auth')) as { data: object }
    if (!('approle/' in mounts.data)) await server.send('POST', 'sys/auth/approle', { type: 'approle' })
    await server.send('PUT', 'sys/policies/acl/keyrota-role', { policy })
    await server.send('POST', 'auth/approle/role/keyrota', {
      token_policies: 'keyrota-role',
      token_max_ttl: '1h',
      secret_id_num_uses: 0,
      ...more,
    })
    const id = (await server.ask('GET', 'auth/approle/role/keyrota/role-id')) as { data: { role_id: string } }
    const made = (await server.ask('POST', 'auth/approle/role/keyrota/secret-id', {})) as {
      data: { secret_id: string }
    }
    process.env.TEST_ROLE_ID = id.data.role_id
    process.env.TEST_SECRET_ID = made.data.secret_id
    return { roleId: { env: 'TEST_ROLE_ID' }, secretId: { env: 'TEST_SECRET_ID' } }
  }

  /** Accessors of the tokens that came of a login by AppRole and are alive. */
  async function listLogins(): Promise<string[]> {
    const { data } = (await server.ask('LIST', 'auth/token/accessors')) as { data: { keys: string[] } }
    const paths = await Promise.all(
      data.keys.map(async (accessor) => {
        const about = await server.ask('POST', 'auth/token/lookup-accessor', { accessor })
        return (about as { data: { path: string } }).data.path
      }),
    )
    return data.keys.filter((_, index) => paths[index] === 'auth/approle/login')
  }

  const logins = () => proxy.count(onPath('POST', /\/login$/))
  const renewals = () => proxy.count(onPath('POST', /\/renew-self$/))

  test('by AppRole: once for many calls, and the token is given back at the end', async () => {
    const { address, version } = await seeded(fixture)
    const store = makeVaultStore({
      address: proxy.url,
      auth: { appRole: await newRole({ token_ttl: '10m' }) },
    })
    proxy.forget()
    await store.read(address, 'current', newCall())
    await put(store, address, newValue(), version)
    assert.equal(logins(), 1)
    await store.close?.()
    assert.equal(proxy.count(onPath('POST', /\/revoke-self$/)), 1)
    assert.equal(proxy.requests.at(-1)?.status, 204)
  })

  test('calls at the same time share one login and one renewal, so that a secret id for one login is enough', async () => {
    const { address, old } = await seeded(fixture)
    const role = await newRole({ secret_id_num_uses: 1, token_ttl: '3s', token_max_ttl: '1h' })
    const store = makeVaultStore({ address: proxy.url, auth: { appRole: role } })
    const readThrice = () => Promise.all([1, 2, 3].map(() => get(store, address, 'current')))
    proxy.forget()
    assert.deepEqual(await readThrice(), [{ value: old }, { value: old }, { value: old }])
    assert.equal(logins(), 1)
    await sleep(2200)
    await readThrice()
    assert.deepEqual([logins(), renewals()], [1, 1])
    await store.close?.()
    assert.deepEqual(await listLogins(), [])
  })

  test('a caller that aborts while signing in returns at once and leaves the login to the others', async () => {
    const { address, old } = await seeded(fixture)
    const store = makeVaultStore({ address: proxy.url, auth: { appRole: await newRole() } })
    proxy.forget()
    proxy.arm({ action: { kind: 'delay', delayMs: 1000 }, when: onPath('POST', /\/login$/) })
    const began = performance.now()
    const aborting = newCall({ signal: AbortSignal.timeout(50) })
    const first = refused(store.read(address, 'current', aborting), 'unavailable')
    const second = get(store, address, 'current')
    await first
    assert.ok(performance.now() - began < 500)
    assert.deepEqual(await second, { value: old })
    assert.equal(logins(), 1)
    await store.close?.()
  })

  test('a login that ends after the store was closed is revoked, and no other is made', async () => {
    const { address } = await seeded(fixture)
    const store = makeVaultStore({ address: proxy.url, auth: { appRole: await newRole() } })
    proxy.forget()
    proxy.arm({ action: { kind: 'delay', delayMs: 600 }, when: onPath('POST', /\/login$/) })
    await refused(store.read(address, 'current', newCall({ signal: AbortSignal.timeout(50) })), 'unavailable')
    await store.close?.()
    assert.equal(logins(), 1)
    assert.deepEqual(await listLogins(), [])
    await refused(store.read(address, 'current', newCall()), 'unavailable')
    assert.equal(logins(), 1)
  })

  test('a token is renewed before it ends, and replaced when it cannot be renewed any more', async () => {
    const { address } = await seeded(fixture)
    const role = await newRole({ token_ttl: '3s', token_max_ttl: '4s' })
    const store = makeVaultStore({ address: proxy.url, auth: { appRole: role } })
    proxy.forget()
    await store.read(address, 'current', newCall())
    await sleep(2200)
    await store.read(address, 'current', newCall())
    assert.equal(renewals(), 1)
    await sleep(2200)
    await store.read(address, 'current', newCall())
    assert.equal(logins(), 2)
    await store.close?.()
  })

  test('a token that was taken away is replaced within the call; a right that is missing is not', async () => {
    const { address, version } = await seeded(fixture)
    const store = makeVaultStore({
      address: proxy.url,
      auth: { appRole: await newRole({ token_ttl: '10m' }) },
    })
    await store.read(address, 'current', newCall())
    for (const accessor of await listLogins())
      await server.send('POST', 'auth/token/revoke-accessor', { accessor })
    proxy.forget()
    const made = await put(store, address, newValue(), version)
    assert.equal(logins(), 1)
    proxy.forget()
    const error = await refused(store.retire(address, version, newCall()), 'denied')
    assert.match(error.nextStep, /secret\/destroy\//)
    assert.equal(logins(), 0)
    assert.ok(made)
    await store.close?.()
  })

  test('a wrong secret id is denied', async () => {
    const { address } = await seeded(fixture)
    const auth = { appRole: await newRole() }
    process.env.TEST_SECRET_ID = 'wrong'
    await refused(makeVaultStore({ address: proxy.url, auth }).read(address, 'current', newCall()), 'denied')
  })
})

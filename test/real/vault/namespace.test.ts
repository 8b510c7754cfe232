import assert from 'node:assert/strict'
import { beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/vault/options.ts'
import { permissions } from '../../../providers/stores/vault/permissions.ts'
import { get, newCall, newValue, oneField, put, refused } from '../../laws/secret-store/helpers.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeTokenStore, makeVaultStore } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
const parent = `team-${process.pid}`
const child = `${parent}/app`
const address = oneField('app')
const old = newValue()

beforeAll(async () => {
  await server.send('POST', `sys/namespaces/${parent}`)
  await server.send('POST', `${parent}/sys/namespaces/app`)
  await server.send('POST', `${child}/sys/mounts/kv`, { type: 'kv', options: { version: '2' } })
  await server.send('POST', `${child}/kv/data/app`, { data: { API_KEY: old } })
})

/** A role of AppRole in the parent's namespace whose policy is the printed one, without the grants that match. */
async function signInAtParent(without = /^$/): Promise<object> {
  const auth = {
    appRole: { roleId: { env: 'TEST_ROLE' }, secretId: { env: 'TEST_SECRET' } },
    namespace: parent,
  }
  const given = { address: server.address, namespace: child, mount: 'kv', auth }
  const policy = permissions({ options: options.parse(given), addresses: [address], role: 'keyrota' })
  await server.send('PUT', `${parent}/sys/policies/acl/rotate`, { policy: policy.replace(without, '') })
  const mounts = (await server.ask('GET', `${parent}/sys/auth`)) as { data: object }
  if (!('approle/' in mounts.data))
    await server.send('POST', `${parent}/sys/auth/approle`, { type: 'approle' })
  const role = `${parent}/auth/approle/role/rotate`
  await server.send('POST', role, { token_policies: 'rotate' })
  const { data: id } = (await server.ask('GET', `${role}/role-id`)) as { data: { role_id: string } }
  const { data: made } = (await server.ask('POST', `${role}/secret-id`)) as { data: { secret_id: string } }
  Object.assign(process.env, { TEST_ROLE: id.role_id, TEST_SECRET: made.secret_id })
  return given
}

describe('namespaces', () => {
  test('of the mount, with a token that knows it', async () => {
    const store = makeTokenStore(server.address, server.rootToken, { namespace: child, mount: 'kv' })
    assert.deepEqual(await get(store, address, 'current'), { value: old })
    const other = makeTokenStore(server.address, server.rootToken, { namespace: 'nowhere', mount: 'kv' })
    await refused(other.read(address, 'current', newCall()), 'invalid')
  })

  test('signing in at the parent of the one with the secrets, with the printed policy', async () => {
    const store = makeVaultStore(await signInAtParent())
    assert.deepEqual(await store.check(address, newCall()), { read: 'proved', write: 'proved', notes: [] })
    const { version } = await store.read(address, 'current', newCall())
    await put(store, address, newValue(), version)
    assert.equal(await store.retire(address, version, newCall()), 'gone')
    await store.close?.()
    // A list without entries is answered like this: the token was given back.
    await assert.rejects(server.ask('LIST', `${parent}/auth/token/accessors`), /answered 404/)
  })

  test('a missing grant is named as the policy of the parent names it', async () => {
    const store = makeVaultStore(await signInAtParent(/path "app\/kv\/destroy[^}]*\}/))
    const error = await refused(store.check(address, newCall()), 'denied')
    assert.match(error.message, /"update" on app\/kv\/destroy\/app/)
    await store.close?.()
  })
})

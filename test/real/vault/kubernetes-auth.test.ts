import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/vault/options.ts'
import { permissions } from '../../../providers/stores/vault/permissions.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { get, newCall, newValue, oneField, put, refused } from '../../laws/secret-store/helpers.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeVaultStore } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
const cluster = new KubernetesServer()
const mount = cluster.namespace
const old = newValue()
let secret: string
let folder: string

beforeAll(async () => {
  await cluster.start()
  folder = await mkdtemp(join(tmpdir(), 'keyrota-vault-'))
  secret = await server.newSecret({ API_KEY: old })
  for (const name of ['keyrota', 'stranger', 'leaver', 'reviewer'])
    await cluster.kubectl('create', 'serviceaccount', name, '-n', cluster.namespace)
  const reviewer = `--serviceaccount=${cluster.namespace}:reviewer`
  const binding = ['clusterrolebinding', mount, '--clusterrole=system:auth-delegator', reviewer]
  await cluster.kubectl('create', ...binding)
  await server.send('POST', `sys/auth/${mount}`, { type: 'kubernetes' })
  await server.send('POST', `auth/${mount}/config`, {
    kubernetes_host: cluster.address,
    kubernetes_ca_cert: cluster.ca,
    token_reviewer_jwt: await newToken('reviewer'),
    disable_local_ca_jwt: true,
  })
  const about = options.parse({ address: server.address, auth: { token: { env: 'UNUSED' } } })
  const policy = permissions({ options: about, addresses: [oneField(secret)], role: 'keyrota' })
  await server.send('PUT', `sys/policies/acl/${mount}`, { policy })
  await server.send('POST', `auth/${mount}/role/rotator`, {
    bound_service_account_names: 'keyrota,leaver',
    bound_service_account_namespaces: cluster.namespace,
    audience: 'vault',
    token_policies: mount,
  })
})
afterAll(async () => {
  await server.send('DELETE', `sys/auth/${mount}`)
  await server.send('DELETE', `sys/policies/acl/${mount}`)
  await cluster.kubectl('delete', 'clusterrolebinding', mount)
  await cluster.stop()
  await rm(folder, { recursive: true })
})

async function newToken(account: string, audience?: string): Promise<string> {
  const more = audience === undefined ? [] : ['--audience', audience]
  const token = await cluster.kubectl('create', 'token', account, '-n', cluster.namespace, ...more)
  return token.trim()
}

/** A store that signs in with a token of this service account, from a file as a pod has it. */
async function signInAs(account: string, audience = 'vault', role = 'rotator'): Promise<SecretStore> {
  await writeFile(join(folder, account), `${await newToken(account, audience)}\n`, { mode: 0o600 })
  return signInAgain(account, role)
}

function signInAgain(account: string, role = 'rotator'): SecretStore {
  const kubernetes = { role, mount, tokenFile: join(folder, account) }
  return makeVaultStore({ address: server.address, auth: { kubernetes } })
}

async function signsIn(store: SecretStore): Promise<boolean> {
  const [seen] = await Promise.allSettled([store.read(oneField(secret), 'current', newCall())])
  await store.close?.()
  return seen.status === 'fulfilled'
}

async function expectDenied(store: SecretStore, role = 'rotator'): Promise<void> {
  const error = await refused(store.read(oneField(secret), 'current', newCall()), 'denied')
  assert.match(error.message, new RegExp(`the role ${role} at auth/${mount}`))
  assert.match(error.nextStep, new RegExp(`role ${role}, .*service account, .*audience`))
}

describe('a service account that the API server reviews', () => {
  test('signs in, rotates with the printed policy, and gives its token back', async () => {
    const store = await signInAs('keyrota')
    const address = oneField(secret)
    assert.deepEqual(await store.check(address, newCall()), { read: 'proved', write: 'proved', notes: [] })
    const { version } = await store.read(address, 'current', newCall())
    assert.deepEqual(await get(store, address, version), { value: old })
    await put(store, address, newValue(), version)
    assert.equal(await store.retire(address, version, newCall()), 'gone')
    await store.close?.()
    const { data } = (await server.ask('LIST', 'auth/token/accessors')) as { data: { keys: string[] } }
    for (const accessor of data.keys) {
      const about = await server.ask('POST', 'auth/token/lookup-accessor', { accessor })
      assert.notEqual((about as { data: { path: string } }).data.path, `auth/${mount}/login`)
    }
  })

  test('is denied, and its role named, for another audience, account or role', async () => {
    await expectDenied(await signInAs('keyrota', 'https://elsewhere.example.com'))
    await expectDenied(await signInAs('stranger'))
    await expectDenied(await signInAs('keyrota', 'vault', 'nobody'), 'nobody')
  })

  test('is denied once it was deleted, although its token has not ended', async () => {
    const store = await signInAs('leaver')
    await get(store, oneField(secret), 'current')
    await store.close?.()
    await cluster.kubectl('delete', 'serviceaccount', 'leaver', '-n', cluster.namespace, '--wait=false')
    // The API server remembers for some seconds that it took a token.
    const end = performance.now() + 30_000
    while (performance.now() < end && (await signsIn(signInAgain('leaver')))) await sleep(1000)
    await expectDenied(signInAgain('leaver'))
  })
})

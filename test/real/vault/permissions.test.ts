import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/vault/options.ts'
import { permissions } from '../../../providers/stores/vault/permissions.ts'
import {
  newCall,
  newValue,
  oneField,
  put,
  rawField,
  refused,
  seeded,
} from '../../laws/secret-store/helpers.ts'
import type { StoreFixture } from '../../laws/secret-store.ts'
import { type FaultProxy, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeTokenStore, makeVaultFixture } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: server.address })
  fixture = makeVaultFixture(server, proxy)
})
afterAll(() => proxy.close())

describe('the printed policy', () => {
  const about = options.parse({ address: server.address, auth: { token: { env: 'UNUSED' } } })

  async function rotate(policy: string) {
    const { secret, address, version } = await seeded(fixture)
    const store = makeTokenStore(proxy.url, await server.newToken(policy.replaceAll('TARGET', secret)))
    return {
      secret,
      check: () => store.check(address, newCall()),
      write: () => put(store, address, newValue(), version),
      retire: () => store.retire(address, version, newCall()),
      read: () => store.read(address, 'current', newCall()),
    }
  }

  const addresses = [oneField('TARGET')]

  test('is enough for the whole of a rotation', async () => {
    const rotation = await rotate(permissions({ options: about, addresses, role: 'keyrota' }))
    assert.deepEqual(await rotation.check(), { read: 'proved', write: 'proved', notes: [] })
    await rotation.write()
    assert.equal(await rotation.retire(), 'gone')
    await rotation.read()
  })

  test('with any one grant taken away something fails and names it', async () => {
    const whole = permissions({ options: about, addresses, role: 'keyrota' })
    const without = (what: string | RegExp) => whole.replace(what, '')
    const noRead = await rotate(without('"read", '))
    assert.match((await refused(noRead.read(), 'denied')).nextStep, /"read" on "secret\/data\/law/)
    const noUpdate = await rotate(without(', "update"'))
    assert.match((await refused(noUpdate.check(), 'denied')).message, /"update" on secret\/data\/law/)
    assert.match((await refused(noUpdate.write(), 'denied')).nextStep, /"update" on "secret\/data\/law/)
    const noDestroy = await rotate(without(/path "secret\/destroy[^}]*\}/))
    assert.match((await refused(noDestroy.check(), 'denied')).message, /"update" on secret\/destroy\/law/)
    await noDestroy.write()
    assert.match((await refused(noDestroy.retire(), 'denied')).nextStep, /"update" on "secret\/destroy\/law/)
  })

  test('of a reader reads and does nothing else', async () => {
    const rotation = await rotate(permissions({ options: about, addresses, role: 'reader' }))
    await rotation.read()
    await refused(rotation.write(), 'denied')
  })

  test('a token that may not read its capabilities is reported as unproved', async () => {
    const { secret, address } = await seeded(fixture)
    const policy = permissions({ options: about, addresses: [address], role: 'keyrota' })
    const token = await server.newToken(policy, { no_default_policy: true })
    const answer = await makeTokenStore(proxy.url, token).check(address, newCall())
    assert.equal(answer.write, 'assumed')
    assert.match(answer.notes.join(), /right to write is not proved.*may not look itself up/)
    assert.ok(await rawField(fixture, secret, 'API_KEY'))
  })
})

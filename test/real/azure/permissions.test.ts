import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/azure-key-vault/options.ts'
import { DATA_ACTIONS, permissions } from '../../../providers/stores/azure-key-vault/permissions.ts'
import { newCall, newValue, oneField, put, refused, seeded } from '../../laws/secret-store/helpers.ts'
import type { StoreFixture } from '../../laws/secret-store.ts'
import { type FaultProxy, onPath } from '../../shared/network/fault-proxy.ts'
import { makeAzureFixture, makeAzureStore } from '../../shared/stand-ins/azure/store-fixture.ts'
import { AzureVault } from '../../shared/stand-ins/azure/vault.ts'

const vault = new AzureVault()
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  proxy = await vault.startProxy()
  fixture = makeAzureFixture(vault, proxy)
})
afterEach(() => proxy.clear())
afterAll(() => proxy.close())

describe('the printed role', () => {
  /** The stand-in knows "set" for the update of a version too, so that action alone cannot be taken away there. */
  async function rotate(actions: readonly string[]) {
    const { address, version } = await seeded(fixture)
    const verbs = (['get', 'list', 'set'] as const).filter((verb) => actions.includes(DATA_ACTIONS[verb]))
    const store = makeAzureStore(proxy.url, await vault.newToken(verbs))
    return {
      check: () => store.check(address, newCall()),
      read: () => store.read(address, 'current', newCall()),
      write: () => put(store, address, newValue(), version),
      retire: () => store.retire(address, version, newCall()),
    }
  }

  const print = (role: 'keyrota' | 'reader'): string[] => {
    const given = options.parse({ vault: 'https://example.vault.azure.net' })
    const text = permissions({ options: given, addresses: [oneField('app')], role })
    return JSON.parse(text).roleDefinition.DataActions
  }

  test('is enough for the whole of a rotation', async () => {
    const rotation = await rotate(print('keyrota'))
    assert.equal((await rotation.check()).read, 'proved')
    await rotation.write()
    assert.equal(await rotation.retire(), 'gone')
    await rotation.read()
  })

  test('with any one action taken away something fails and names it', async () => {
    const failsWith = { get: 'read', list: 'check', set: 'write' } as const
    for (const verb of ['get', 'list', 'set'] as const) {
      const rotation = await rotate(print('keyrota').filter((action) => action !== DATA_ACTIONS[verb]))
      const error = await refused(rotation[failsWith[verb]](), 'denied')
      assert.ok(error.nextStep.includes(DATA_ACTIONS[verb]))
    }
  })

  /** As the service answers it: the stand-in has no such permission. The text is in the form of its other refusals. */
  test('without the update of a version a retirement is denied, the error names it, and the version stays', async () => {
    const { secret, address, version } = await seeded(fixture)
    await put(fixture.store, address, newValue(), version)
    const message = `Caller is not authorized to perform action on resource.\r\nAction: '${DATA_ACTIONS.update}'\r\n`
    const error = { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } }
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    proxy.arm({
      action: { kind: 'answer', status: 403, headers, body: JSON.stringify({ error }) },
      when: onPath('PATCH', /^\/secrets\//),
    })
    const denied = await refused(fixture.store.retire(address, version, newCall()), 'denied')
    assert.equal(denied.effect, 'none')
    assert.match(denied.message, /update.*ForbiddenByRbac/)
    assert.ok(denied.nextStep.includes(DATA_ACTIONS.update))
    assert.equal((await vault.getSecret(secret, version)).attributes.enabled, true)
    assert.ok(print('keyrota').includes(DATA_ACTIONS.update))
    assert.ok(!print('reader').includes(DATA_ACTIONS.update))
  })

  test('of a reader reads and does nothing else', async () => {
    const rotation = await rotate(print('reader'))
    await rotation.read()
    await refused(rotation.write(), 'denied')
    await refused(rotation.check(), 'denied')
  })
})

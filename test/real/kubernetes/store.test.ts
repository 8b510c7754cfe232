import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { material } from '../../../src/contracts/secret-value.ts'
import {
  assertNothingLeaks,
  get,
  newCall,
  newMark,
  newValue,
  oneField,
  put,
  refused,
  seeded,
  twoFields,
} from '../../laws/secret-store/helpers.ts'
import { type StoreFixture, secretStoreLaw } from '../../laws/secret-store.ts'
import { type FaultProxy, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import {
  makeKubernetesFixture,
  makeKubernetesStore,
} from '../../shared/stand-ins/kubernetes/store-fixture.ts'

const server = new KubernetesServer()
let proxy: FaultProxy
let fixture: StoreFixture

beforeAll(async () => {
  await server.start()
  proxy = await startFaultProxy({ upstream: server.address, ca: server.ca })
  fixture = await makeKubernetesFixture(server, proxy)
})
afterEach(() => proxy.clear())
afterAll(async () => {
  await proxy.close()
  await server.stop()
})

describe('kubernetes-secret keeps the law: kube-apiserver', () => {
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

describe('requests', () => {
  test('a read is one, a write and a retirement two, a check a read and a dry run', async () => {
    const { secret, address, version } = await seeded(fixture)
    const methods = async (verb: Promise<unknown>) => {
      proxy.forget()
      await verb
      return proxy.requests.map(({ method }) => method).join(' ')
    }
    const { store } = fixture
    assert.equal(await methods(store.check(address, newCall())), 'GET PATCH')
    assert.match(proxy.requests.at(-1)?.path ?? '', /dryRun=All/)
    const before = (await server.getSecret(secret)).metadata.resourceVersion
    assert.equal(await methods(store.read(address, 'current', newCall())), 'GET')
    assert.equal(await methods(put(store, address, newValue(), version)), 'GET PATCH')
    assert.equal(await methods(store.read(address, version, newCall())), 'GET')
    assert.equal(await methods(store.retire(address, version, newCall())), 'GET PATCH')
    assert.equal(await methods(store.retire(address, version, newCall())), 'GET')
    assert.notEqual((await server.getSecret(secret)).metadata.resourceVersion, before)
  })

  test('by the kubeconfig itself: over TLS, and against the authority it names', async () => {
    const { address, old } = await seeded(fixture)
    const store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
    assert.deepEqual(await get(store, address, 'current'), { value: old })
    const distrusting = await server.writeKubeconfig(server.address)
    const error = await refused(
      makeKubernetesStore({ kubeconfig: distrusting }).read(address, 'current', newCall()),
      'unavailable',
    )
    assert.equal(error.effect, 'none')
  })

  test('without a kubeconfig and outside of a pod the error says what is missing', async () => {
    const error = await refused(
      makeKubernetesStore({}).read(oneField('app'), 'current', newCall()),
      'invalid',
    )
    assert.match(error.nextStep, /kubeconfig/)
  })

  test('a redirect is not followed, and an answer of something else is unavailable', async () => {
    const { address, version } = await seeded(fixture)
    proxy.arm({ action: { kind: 'answer', status: 307, headers: { location: server.address } } })
    await assert.rejects(fixture.store.read(address, 'current', newCall()))
    assert.equal(proxy.requests.at(-1)?.status, 307)
    for (const body of ['<html>', 'null', '{"kind":"Status"}']) {
      proxy.arm({ action: { kind: 'answer', status: 200, body } })
      await refused(fixture.store.read(address, 'current', newCall()), 'unavailable')
      proxy.arm({ action: { kind: 'answer', status: 200, body }, when: ({ method }) => method === 'PATCH' })
      const error = await refused(put(fixture.store, address, newValue(), version), 'unavailable')
      assert.equal(error.effect, 'unknown')
    }
  })

  test('a name without a namespace is in the namespace of the options', async () => {
    const { secret, old } = await seeded(fixture)
    const store = makeKubernetesStore({ kubeconfig: server.kubeconfig, namespace: server.namespace })
    const name = secret.slice(secret.indexOf('/') + 1)
    assert.deepEqual(await get(store, oneField(name), 'current'), { value: old })
  })
})

describe('what a write leaves in the Secret', () => {
  test('value, replaced value and note come in one revision that is ours', async () => {
    const { secret, address, old, version } = await seeded(fixture)
    const value = newValue()
    const mark = newMark()
    const made = await put(fixture.store, address, value, version, mark)
    const found = await server.getSecret(secret)
    const decoded = (field: string) => Buffer.from(found.data?.[field] ?? '', 'base64').toString()
    assert.equal(decoded('API_KEY'), value)
    assert.equal(decoded('API_KEY.previous'), old)
    const note = JSON.parse(found.metadata.annotations?.['keyrota.dev/API_KEY'] ?? '{}')
    assert.equal(note.mark, mark)
    assert.ok(made.startsWith(note.fingerprint))
    assert.ok(version.startsWith(note.previous))
    assertNothingLeaks(found.metadata)
    const managers = JSON.parse(
      await server.kubectl(
        'get',
        'secret',
        '-n',
        ...secret.split('/'),
        '-o',
        'json',
        '--show-managed-fields',
      ),
    ).metadata.managedFields as { manager: string; fieldsV1: { 'f:data'?: object } }[]
    const ours = managers.find(({ manager }) => manager === 'keyrota')
    assert.deepEqual(Object.keys(ours?.fieldsV1['f:data'] ?? {}).sort(), ['f:API_KEY', 'f:API_KEY.previous'])
  })

  test('two keys in one Secret keep notes and replaced values of their own', async () => {
    const secret = await server.newSecret({ API_KEY: newValue(), OTHER_KEY: newValue() })
    const places = [oneField(secret), { secret, fields: { value: 'OTHER_KEY' } }]
    const { store } = fixture
    const before = await Promise.all(places.map((place) => store.read(place, 'current', newCall())))
    const made: string[] = []
    for (const [index, place] of places.entries()) {
      // The other key's write changed the Secret, but not this key: an unmanaged one is read again, as after any conflict.
      const { version } = await store.read(place, 'current', newCall())
      made.push(await put(store, place, newValue(), version))
      assert.deepEqual(await get(store, place, before[index]?.version ?? ''), {
        value: before[index]?.material.value?.expose(),
      })
    }
    await store.retire(places[0] ?? oneField(secret), before[0]?.version ?? '', newCall())
    const fields = Object.keys((await server.getSecret(secret)).data ?? {}).sort()
    assert.deepEqual(fields, ['API_KEY', 'OTHER_KEY', 'OTHER_KEY.previous'])
    // From now on each key's version is its own: the sibling's writes are no conflict.
    await put(store, places[0] ?? oneField(secret), newValue(), made[0] ?? '')
    await put(store, places[1] ?? oneField(secret), newValue(), made[1] ?? '')
  })

  test('the writer of a value that is not ours is reported, and none for our own', async () => {
    const { secret, address, version } = await seeded(fixture)
    await put(fixture.store, address, newValue(), version)
    assert.equal((await fixture.store.read(address, 'current', newCall())).writer, undefined)
    await server.patchSecret(secret, { stringData: { API_KEY: newValue() } }, 'kubectl-edit')
    assert.equal((await fixture.store.read(address, 'current', newCall())).writer, 'kubectl-edit')
  })

  test('a sibling that changes between look and patch is a conflict and nothing is written', async () => {
    const { secret, address, old, version } = await seeded(fixture)
    const fault = await fixture.landBeforeNextWrite(secret, { SIBLING: newValue() })
    const error = await refused(put(fault.store, address, newValue(), version), 'conflict').finally(
      fault.undo,
    )
    assert.equal(error.effect, 'none')
    assert.deepEqual(await get(fixture.store, address, 'current'), { value: old })
  })

  test('two parts are one version and are replaced and retired together', async () => {
    const secret = await server.newSecret({ API_ID: newValue(), API_KEY: newValue() })
    const address = twoFields(secret)
    const before = await fixture.store.read(address, 'current', newCall())
    const parts = { id: newValue(), secret: newValue() }
    await fixture.store.write(
      address,
      material(parts),
      { mark: newMark(), replaces: before.version },
      newCall(),
    )
    assert.equal(await fixture.store.retire(address, before.version, newCall()), 'gone')
    assert.deepEqual(Object.keys((await server.getSecret(secret)).data ?? {}).sort(), ['API_ID', 'API_KEY'])
    await server.patchSecret(secret, { data: { API_ID: null } })
    const error = await refused(fixture.store.read(address, 'current', newCall()), 'not_found')
    assert.match(error.message, /API_ID/)
  })

  test('a field whose name no annotation can have is noted under its hash', async () => {
    const field = `_${'x'.repeat(100)}`
    const secret = await server.newSecret({ [field]: newValue() })
    const address = { secret, fields: { value: field } }
    const { version } = await fixture.store.read(address, 'current', newCall())
    const value = newValue()
    const made = await put(fixture.store, address, value, version)
    const seen = await fixture.store.read(address, 'current', newCall())
    assert.equal(seen.version, made)
    assert.ok(seen.mark)
  })
})

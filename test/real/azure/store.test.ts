import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { MARK_TAG, REPLACES_TAG } from '../../../providers/stores/azure-key-vault/history.ts'
import {
  get,
  newCall,
  newMark,
  newValue,
  oneField,
  put,
  refused,
  seeded,
} from '../../laws/secret-store/helpers.ts'
import { type StoreFixture, secretStoreLaw } from '../../laws/secret-store.ts'
import { type FaultProxy, onPath } from '../../shared/network/fault-proxy.ts'
import { isSet, makeAzureFixture } from '../../shared/stand-ins/azure/store-fixture.ts'
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

describe('azure-key-vault keeps the law: strict stand-in', () => {
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

describe('requests', () => {
  test('a read is one; a write two and the look after; a retirement two', async () => {
    const { address, version } = await seeded(fixture)
    const methods = async (verb: Promise<unknown>) => {
      proxy.forget()
      await verb
      return proxy.requests.map(({ method }) => method).join(' ')
    }
    const { store } = fixture
    assert.equal(await methods(store.read(address, 'current', newCall())), 'GET')
    assert.equal(await methods(put(store, address, newValue(), version)), 'GET PUT GET')
    assert.match(proxy.requests.at(-1)?.path ?? '', /\/versions\?/)
    assert.equal(await methods(store.retire(address, version, newCall())), 'GET PATCH')
    assert.equal(await methods(store.check(address, newCall())), 'GET GET')
  })

  test('a failed write is never repeated by the client itself', async () => {
    const { address, version } = await seeded(fixture)
    for (const action of [
      { kind: 'answer', status: 503 },
      { kind: 'answer', status: 408 },
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
      { kind: 'cut-before' },
    ] as const) {
      proxy.arm({ action, when: isSet, times: Number.POSITIVE_INFINITY })
      proxy.forget()
      await refused(put(fixture.store, address, newValue(), version), 'unavailable', 'throttled')
      assert.equal(proxy.count(isSet), 1)
      proxy.clear()
    }
  })

  test('versions of several pages are all looked at, each page under the lease', async () => {
    const { secret, address } = await seeded(fixture)
    for (let count = 0; count < 25; count += 1) await vault.mergeFields(secret, { SIBLING: newValue() })
    const { version } = await fixture.store.read(address, 'current', newCall())
    // Those versions carry no tags and were set within a second or two; the next second tells them from a race.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await vault.mergeFields(secret, { SIBLING: newValue() })
    const latest = await fixture.store.read(address, 'current', newCall())
    assert.notEqual(latest.version, version)
    const call = newCall()
    proxy.forget()
    await put(fixture.store, address, newValue(), latest.version)
    assert.equal(proxy.count(onPath('GET', /\/versions\?/)), 2)
    await fixture.store.check(address, call)
    assert.equal(call.sent, 3)
  })

  test('an empty page of versions is not the end of them', async () => {
    const { secret, address, version } = await seeded(fixture)
    const nextLink = `${proxy.url}/secrets/${secret}/versions?api-version=7.5`
    const body = JSON.stringify({ value: [], nextLink })
    const headers = { 'content-type': 'application/json' }
    const isList = onPath('GET', /\/versions\?/)
    proxy.arm({ action: { kind: 'answer', status: 200, headers, body }, when: isList })
    await fixture.landBeforeNextWrite(secret, { SIBLING: newValue() })
    const error = await refused(put(fixture.store, address, newValue(), version), 'conflict')
    assert.equal(error.effect, 'unknown')
  })

  test('a 429 without Retry-After is throttled, with no wait given', async () => {
    const { address } = await seeded(fixture)
    proxy.arm({ action: { kind: 'answer', status: 429 } })
    const error = await refused(fixture.store.read(address, 'current', newCall()), 'throttled')
    assert.equal(error.retryAfterMs, undefined)
  })

  test('a redirect is not followed', async () => {
    const { address } = await seeded(fixture)
    const headers = { location: `${vault.address}/secrets/${address.secret}/?api-version=7.5` }
    proxy.arm({ action: { kind: 'answer', status: 307, headers } })
    await assert.rejects(fixture.store.read(address, 'current', newCall()))
  })
})

test('a secret that something else copies here is refused, by its tags', async () => {
  const tags = { 'managed-by': 'external-secrets' }
  const secret = await vault.newSecret({ API_KEY: newValue() }, { tags })
  await assert.rejects(fixture.store.check(oneField(secret), newCall()), { message: /PushSecret/ })
})

describe('what a write leaves', () => {
  test('type, tags and a future end stay; our tags are added; a past end goes', async () => {
    const inAnHour = Math.floor(Date.now() / 1000) + 3600
    const secret = await vault.newSecret(
      { API_KEY: newValue() },
      { contentType: 'application/json', tags: { team: 'video' }, attributes: { exp: inAnHour, nbf: 1000 } },
    )
    const address = oneField(secret)
    const { version } = await fixture.store.read(address, 'current', newCall())
    const mark = newMark()
    const made = await put(fixture.store, address, newValue(), version, mark)
    const after = await vault.getSecret(secret)
    assert.equal(after.contentType, 'application/json')
    assert.deepEqual(after.tags, { team: 'video', [MARK_TAG]: mark, [REPLACES_TAG]: version })
    assert.equal(after.attributes.exp, inAnHour)
    assert.equal(after.attributes.nbf, 1000)
    await vault.send('PATCH', `secrets/${secret}/${made}`, { attributes: { exp: 2000 } })
    assert.equal((await fixture.store.check(address, newCall())).notes.length, 2)
    await put(fixture.store, address, newValue(), made)
    assert.equal((await vault.getSecret(secret)).attributes.exp, undefined)
  })

  test('a date after 2038 and a sixteenth tag are refused before anything is set', async () => {
    const tags = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`tag-${index}`, 'x']))
    for (const properties of [{ attributes: { exp: 2 ** 31 } }, { tags }]) {
      const secret = await vault.newSecret({ API_KEY: newValue() }, properties)
      const { version } = await fixture.store.read(oneField(secret), 'current', newCall())
      const error = await refused(put(fixture.store, oneField(secret), newValue(), version), 'invalid')
      assert.equal(error.effect, 'none')
      assert.equal((await vault.listVersions(secret)).length, 1)
    }
  })

  test('names that differ in case are one secret', async () => {
    const { secret, version } = await seeded(fixture)
    const shout = oneField(secret.toUpperCase())
    const writes = [oneField(secret), shout].map((address) =>
      put(fixture.store, address, newValue(), version),
    )
    const answers = await Promise.allSettled(writes)
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
})

describe('states of a secret', () => {
  test('a disabled latest version is reported, and does not fall back to an older one', async () => {
    const { secret, address, version } = await seeded(fixture)
    await put(fixture.store, address, newValue(), version)
    await fixture.hide.disabled?.(secret)
    const error = await refused(fixture.store.read(address, 'current', newCall()), 'invalid')
    assert.match(error.message, /disabled/)
  })

  test('a retired version can be read by nobody, and is there again when a person enables it', async () => {
    const { secret, address, old, version } = await seeded(fixture)
    await put(fixture.store, address, newValue(), version)
    await fixture.store.retire(address, version, newCall())
    await assert.rejects(vault.getSecret(secret, version), /SecretDisabled/)
    await vault.send('PATCH', `secrets/${secret}/${version}`, { attributes: { enabled: true } })
    assert.deepEqual(await get(fixture.store, address, version), { value: old })
  })

  test('while a deletion settles a secret is absent, and nothing is set', async () => {
    const { secret, address, version } = await seeded(fixture)
    await vault.askAdmin('POST', '/settings', { deleteDelayMs: 60_000 })
    await vault.send('DELETE', `secrets/${secret}`)
    await vault.askAdmin('POST', '/settings', { deleteDelayMs: 0 })
    await refused(put(fixture.store, address, newValue(), version), 'not_found')
  })

  test('a secret that is deleted between look and set is a conflict without effect', async () => {
    const { secret, address, version } = await seeded(fixture)
    proxy.arm({
      action: { kind: 'meanwhile', run: () => vault.send('DELETE', `secrets/${secret}`) },
      when: isSet,
    })
    const error = await refused(put(fixture.store, address, newValue(), version), 'conflict')
    assert.equal(error.effect, 'none')
  })

  test('the look after the write fails: the effect is unknown, and the repeat finds the write done', async () => {
    const { secret, address, version } = await seeded(fixture)
    proxy.arm({ action: { kind: 'answer', status: 429 }, when: onPath('GET', /\/versions\?/) })
    const [value, mark] = [newValue(), newMark()]
    const error = await refused(put(fixture.store, address, value, version, mark), 'throttled')
    assert.equal(error.effect, 'unknown')
    const made = await put(fixture.store, address, value, version, mark)
    assert.equal((await vault.listVersions(secret)).length, 2)
    assert.deepEqual(await get(fixture.store, address, made), { value })
  })
})

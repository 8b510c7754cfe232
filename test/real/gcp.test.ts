import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { permissions } from '../../providers/stores/gcp-secret-manager/options.ts'
import { ProviderError } from '../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore } from '../../src/contracts/secret-store.ts'
import { material } from '../../src/contracts/secret-value.ts'
import { secretStoreLaw } from '../laws/secret-store.ts'
import { requireEnv } from '../shared/require-env.ts'
import { type GcpFixture, type GcpServer, makeGcpFixture } from '../shared/stand-ins/gcp/store-fixture.ts'

const strict: GcpServer = {
  endpoint: requireEnv('KEYROTA_TEST_GCP_ENDPOINT'),
  project: requireEnv('KEYROTA_TEST_GCP_PROJECT'),
  token: requireEnv('KEYROTA_TEST_GCP_TOKEN'),
  denyToken: (token) => registerToken(token, []),
}
// It asks nobody for a token; what is denied there the proxy says.
const lenient: GcpServer = {
  endpoint: requireEnv('KEYROTA_TEST_GCP_LENIENT_ENDPOINT'),
  project: strict.project,
  token: 'any',
}

/** Registers a principal with just these permissions at the stand-in. */
async function registerToken(token: string, granted: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${requireEnv('KEYROTA_TEST_GCP_ADMIN')}/tokens`, {
    method: 'POST',
    body: JSON.stringify({ token, permissions: granted }),
  })
  if (!answer.ok) throw new Error(`registering a token answered ${answer.status}`)
}

const servers: readonly [string, GcpServer][] = [
  ['strict stand-in, global', strict],
  ['strict stand-in, regional', { ...strict, location: 'europe-west3' }],
  ['drongo', lenient],
]

describe.each(servers)('gcp-secret-manager keeps the law: %s', (_, server) => {
  let fixture: GcpFixture
  beforeAll(async () => {
    fixture = await makeGcpFixture(server)
  })
  afterAll(() => fixture.close())
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

const newKey = () => randomBytes(24).toString('hex')
const newCall = () => ({ signal: AbortSignal.timeout(10_000), beforeSend: () => undefined })

/** Everything a rotation asks of a store: check, read, write, read back, roll back, retire. */
async function rotate(store: SecretStore, address: SecretAddress): Promise<void> {
  const call = newCall()
  const mark = `law-${randomBytes(4).toString('hex')}`
  await store.check(address, call)
  const old = await store.read(address, 'current', call)
  const value = material({ value: newKey() })
  const first = await store.write(address, value, { mark: `${mark}-1`, replaces: old.version }, call)
  await store.read(address, first.version, call)
  await store.write(address, old.material, { mark: `${mark}-2`, replaces: first.version }, call)
  await store.retire(address, first.version, call)
}

describe('the printed role', () => {
  let fixture: GcpFixture
  let address: SecretAddress
  beforeAll(async () => {
    fixture = await makeGcpFixture(strict)
    address = { secret: await fixture.newSecret({ API_KEY: newKey() }), fields: { value: 'API_KEY' } }
  })
  afterAll(() => fixture.close())

  /** A store whose token has what is printed for this address, bound to its resource, but for one permission. */
  async function storeWith(role: 'keyrota' | 'reader', leftOut?: string): Promise<SecretStore> {
    const printed = JSON.parse(permissions({ options: strict, addresses: [address], role }))
    const [{ resource }] = printed.bindings
    const granted = printed.role.includedPermissions
      .filter((permission: string) => permission !== leftOut)
      .map((permission: string) => ({ permission, prefixes: [resource] }))
    const token = randomUUID()
    await registerToken(token, granted)
    return fixture.storeWith(token)
  }

  test('is enough for everything a rotation asks of the store, and for this secret only', async () => {
    const store = await storeWith('keyrota')
    await rotate(store, address)
    const other = { ...address, secret: await fixture.newSecret({ API_KEY: newKey() }) }
    await assert.rejects(store.check(other, newCall()), { code: 'denied' })
  })

  const all = ['secrets.get', 'versions.access', 'versions.add', 'versions.destroy', 'versions.list']
  for (const permission of all.map((name) => `secretmanager.${name}`)) {
    test(`without ${permission} something is denied, and the error names it`, async () => {
      await assert.rejects(rotate(await storeWith('keyrota', permission), address), (error) => {
        assert.ok(error instanceof ProviderError)
        assert.equal(error.code, 'denied')
        return error.message.includes(permission) && error.nextStep.includes(permission)
      })
    })
  }

  test('of a reader reads a version and writes nothing', async () => {
    const { version } = await fixture.store.read(address, 'current', newCall())
    const store = await storeWith('reader')
    await store.read(address, version, newCall())
    const intent = { mark: 'm-1', replaces: version }
    const write = store.write(address, material({ value: newKey() }), intent, newCall())
    await assert.rejects(write, { code: 'denied', effect: 'none' })
  })
})

describe('at the strict stand-in', () => {
  let fixture: GcpFixture
  beforeAll(async () => {
    fixture = await makeGcpFixture(strict)
  })
  afterAll(() => fixture.close())

  const paths = () =>
    fixture.proxy.requests.map(
      ({ method, path }) => `${method} ${path.replace(/^.*secrets\/[^/:]+|\?.*$/g, '')}`,
    )

  test('a whole secret costs two requests to write, fields three, a current read two, a read by number one', async () => {
    const whole = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    const field = { secret: await fixture.newSecret({ API_KEY: newKey() }), fields: { value: 'API_KEY' } }
    const value = material({ value: newKey() })
    fixture.proxy.forget()
    await fixture.store.write(whole, value, { mark: 'm-1', replaces: '1' }, newCall())
    assert.deepEqual(paths(), ['GET /versions', 'POST :addVersion'])
    fixture.proxy.forget()
    await fixture.store.write(field, value, { mark: 'm-2', replaces: '1' }, newCall())
    assert.deepEqual(paths(), ['GET /versions', 'GET /versions/1:access', 'POST :addVersion'])
    fixture.proxy.forget()
    await fixture.store.read(field, 'current', newCall())
    assert.deepEqual(paths(), ['GET /versions', 'GET /versions/2:access'])
    fixture.proxy.forget()
    await fixture.store.read(field, '2', newCall())
    assert.deepEqual(paths(), ['GET /versions/2:access'])
  })

  test('the server has verified the checksum of what was added', async () => {
    const address = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    await fixture.store.write(
      address,
      material({ value: 'ключ-🔑-sixteen' }),
      { mark: 'm-1', replaces: '1' },
      newCall(),
    )
    const version = await fixture.request('GET', `${fixture.resource(address.secret)}/versions/2`)
    assert.equal(version.clientSpecifiedPayloadChecksum, true)
  })

  test('a disabled newest version is an error, as it is for readers of `latest`', async () => {
    const address = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    await fixture.foreignWrite(address.secret, newKey())
    const resource = fixture.resource(address.secret)
    await fixture.request('POST', `${resource}/versions/2:disable`, {})
    await assert.rejects(fixture.request('GET', `${resource}/versions/latest:access`), /answered 400/)
    for (const version of ['current', '2'])
      await assert.rejects(fixture.store.read(address, version, newCall()), { code: 'invalid' })
    const intent = { mark: 'm-1', replaces: '1' }
    const write = fixture.store.write(address, material({ value: newKey() }), intent, newCall())
    await assert.rejects(write, { code: 'invalid', effect: 'none' })
    const { totalSize } = await fixture.request('GET', `${resource}/versions`)
    assert.equal(totalSize, 2)
    assert.equal(await fixture.store.retire(address, '1', newCall()), 'gone')
  })

  test('with delayed destruction a retired version is unlisted, again and again, and check says so', async () => {
    const address = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    const resource = fixture.resource(address.secret)
    const settings = { versionDestroyTtl: '86400s', versionAliases: { stable: 1 } }
    await fixture.request('PATCH', `${resource}?updateMask=versionDestroyTtl,versionAliases`, settings)
    await fixture.foreignWrite(address.secret, newKey())
    for (let time = 0; time < 2; time += 1) {
      assert.equal(await fixture.store.retire(address, '1', newCall()), 'unlisted')
    }
    const { notes, write } = await fixture.store.check(address, newCall())
    assert.equal(write, 'proved')
    assert.match(notes.join('\n'), /stable[\s\S]*delay/)
  })

  test('a secret that something else copies here is refused, by its labels', async () => {
    const address = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    const settings = { labels: { 'managed-by': 'external-secrets' } }
    await fixture.request('PATCH', `${fixture.resource(address.secret)}?updateMask=labels`, settings)
    await assert.rejects(fixture.store.check(address, newCall()), { code: 'invalid', message: /PushSecret/ })
  })

  test('a version changed between list and destruction is a conflict, one destroyed meanwhile is gone', async () => {
    const address = { secret: await fixture.newSecret(newKey()), fields: { value: null } }
    const resource = fixture.resource(address.secret)
    await fixture.foreignWrite(address.secret, newKey())
    for (const [verb, ends] of [
      ['disable', 'conflict'],
      ['destroy', 'gone'],
    ] as const) {
      const run = async () => void (await fixture.request('POST', `${resource}/versions/1:${verb}`, {}))
      fixture.proxy.arm({ action: { kind: 'meanwhile', run }, when: ({ path }) => path.includes(':destroy') })
      const answer = await fixture.store
        .retire(address, '1', newCall())
        .catch((error: ProviderError) => error.code)
      assert.equal(answer, ends)
    }
  })

  test('a secret of another location is refused before any request', async () => {
    fixture.proxy.forget()
    const secret = `projects/${strict.project}/locations/europe-west3/secrets/any`
    const attempt = fixture.store.read({ secret, fields: { value: null } }, 'current', newCall())
    await assert.rejects(attempt, { code: 'invalid' })
    assert.equal(fixture.proxy.count(), 0)
  })
})

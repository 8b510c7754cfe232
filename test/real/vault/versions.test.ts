import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/vault/options.ts'
import { permissions } from '../../../providers/stores/vault/permissions.ts'
import { newCall, newValue, oneField, refused } from '../../laws/secret-store/helpers.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'
import { makeTokenStore } from '../../shared/stand-ins/vault/store-fixture.ts'

const server = new VaultServer()
const mount = `kept-${process.pid}`

beforeAll(() => server.send('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } }))

interface Kept {
  /** `max_versions`; 0 stands for none. */
  ofMount: number
  ofSecret: number
  /** Added to the printed policy; `TARGET` stands for the secret. */
  more?: string
  writes?: number
}

/** What `check` answers with the printed policy for a secret of its own that was written so often. */
async function check({ ofMount, ofSecret, more = '', writes = 3 }: Kept) {
  const secret = randomUUID()
  await server.send('POST', `${mount}/config`, { max_versions: ofMount })
  await server.send('POST', `${mount}/metadata/${secret}`, { max_versions: ofSecret })
  for (let at = 0; at < writes; at += 1)
    await server.send('POST', `${mount}/data/${secret}`, { data: { API_KEY: newValue() } })
  const about = options.parse({ address: server.address, mount, auth: { token: { env: 'UNUSED' } } })
  const policy = permissions({ options: about, addresses: [oneField(secret)], role: 'keyrota' })
  const token = await server.newToken(`${policy}\n${more.replaceAll('TARGET', secret)}`)
  return makeTokenStore(server.address, token, { mount }).check(oneField(secret), newCall())
}

const readSecret = `path "${mount}/metadata/TARGET" { capabilities = ["read"] }`
const readBoth = `${readSecret}\npath "${mount}/config" { capabilities = ["read"] }`
const gone = /^version 2 is gone: .*only one version is kept/

test('a secret that something else copies here is refused, by its custom metadata and the printed policy alone', async () => {
  const secret = randomUUID()
  await server.send('POST', `${mount}/metadata/${secret}`, {
    custom_metadata: { 'managed-by': 'external-secrets' },
  })
  await server.send('POST', `${mount}/data/${secret}`, { data: { API_KEY: newValue() } })
  const about = options.parse({ address: server.address, mount, auth: { token: { env: 'UNUSED' } } })
  const policy = permissions({ options: about, addresses: [oneField(secret)], role: 'keyrota' })
  const token = await server.newToken(policy)
  const checked = (given: object) =>
    makeTokenStore(server.address, token, { mount, ...given }).check(oneField(secret), newCall())
  await assert.rejects(checked({}), { code: 'invalid', message: /PushSecret/ })
  assert.equal((await checked({ writers: { allow: ['managed-by'] } })).write, 'proved')
})

describe('a secret of which only one version is kept', () => {
  test('is refused where that may be read', async () => {
    for (const [ofMount, ofSecret] of [
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const error = await refused(check({ ofMount, ofSecret, more: readBoth }), 'invalid')
      assert.match(error.nextStep, /max_versions/)
    }
  })

  test('is noted with the printed policy alone, as soon as a value was lost', async () => {
    assert.match((await check({ ofMount: 1, ofSecret: 0 })).notes.join(), gone)
    assert.match((await check({ ofMount: 0, ofSecret: 1, more: readSecret })).notes.join(), gone)
    assert.deepEqual((await check({ ofMount: 1, ofSecret: 0, writes: 1 })).notes, [])
  })
})

test('a secret of which more versions are kept is neither refused nor noted', async () => {
  for (const [ofMount, ofSecret] of [
    [0, 0],
    [1, 2],
    [2, 1],
    [10, 0],
  ] as const) {
    for (const more of ['', readSecret, readBoth])
      assert.deepEqual((await check({ ofMount, ofSecret, more })).notes, [])
  }
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { make } from '../../../../providers/stores/aws-secrets-manager/index.ts'
import { options as optionsSchema } from '../../../../providers/stores/aws-secrets-manager/options.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { secretStoreLaw } from '../../../laws/secret-store.ts'
import { onOperation } from '../../../shared/network/fault-proxy.ts'
import {
  type AwsContractServer,
  startAwsContractServer,
} from '../../../shared/stand-ins/aws/contract-server.ts'
import { type AwsFixture, makeAwsFixture } from '../../../shared/stand-ins/aws/store-fixture.ts'

let server: AwsContractServer
let fixture: AwsFixture

beforeAll(async () => {
  server = await startAwsContractServer()
  server.principals.set('NOBODY', [])
  fixture = await makeAwsFixture({
    endpoint: server.url,
    region: 'eu-central-1',
    principals: {
      admin: { id: 'ADMIN', secret: 'x' },
      nobody: { id: 'NOBODY', secret: 'x' },
    },
    hasEmptySecrets: true,
  })
})

afterAll(async () => {
  await fixture.close()
  await server.close()
})

describe('aws-secrets-manager keeps the law: contract server', () => {
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

const newKey = () => randomBytes(24).toString('hex')

/** A call; from its n-th request on the lease is over. */
function newCall(leaseOverAt = Number.POSITIVE_INFINITY) {
  let sent = 0
  const beforeSend = () => {
    sent += 1
    if (sent >= leaseOverAt) throw new Error('the lease is over')
  }
  return { signal: AbortSignal.timeout(10_000), beforeSend }
}

async function seed(content: Record<string, string> = { API_KEY: newKey() }) {
  const secret = await fixture.newSecret(content)
  const address = { secret, fields: { value: 'API_KEY' } }
  const { version } = await fixture.store.read(address, 'current', newCall())
  return { secret, address, version }
}

/** What the secret is at the server, for a test to look at or to change. */
function atServer(secret: string) {
  const found = server.secrets.get(secret)
  assert.ok(found)
  return found
}

test('a mark whose version is put but not yet current takes no second value', async () => {
  const { secret, address, version } = await seed()
  const intent = { mark: 'k7f3-20261122-aaaaaa-1', replaces: version }
  await assert.rejects(
    fixture.store.write(address, material({ value: newKey() }), intent, newCall(3)),
    /lease/,
  )
  const held = [...atServer(secret).versions].map(([id, { text }]) => `${id} ${text}`)
  assert.equal(held.length, 2)
  const other = fixture.store.write(address, material({ value: newKey() }), intent, newCall())
  await assert.rejects(other, { code: 'conflict', effect: 'none' })
  assert.deepEqual(
    [...atServer(secret).versions].map(([id, { text }]) => `${id} ${text}`),
    held,
  )
})

test('a mark that was put over a version which is no longer current can be written over the one that is', async () => {
  const { secret, address, version } = await seed({ API_KEY: newKey(), SIBLING: 'before' })
  const value = material({ value: newKey() })
  const mark = 'k7f3-20261122-cccccc-1'
  await assert.rejects(fixture.store.write(address, value, { mark, replaces: version }, newCall(3)), /lease/)
  await fixture.foreignWrite(secret, { SIBLING: 'after' })
  const { version: replaces } = await fixture.store.read(address, 'current', newCall())
  const made = await fixture.store.write(address, value, { mark, replaces }, newCall())
  assert.deepEqual(await fixture.rawRead(secret), { API_KEY: value.value?.expose(), SIBLING: 'after' })
  for (const other of [version, replaces, made.version, 'absent']) {
    assert.deepEqual(await fixture.store.write(address, value, { mark, replaces: other }, newCall()), made)
  }
})

test('the mark is read back from the version, and a version of somebody else has none', async () => {
  const { address, version } = await seed()
  assert.equal((await fixture.store.read(address, 'current', newCall())).mark, undefined)
  for (const mark of ['m', 'k7f3qa-20261122-k7f3qa-12', 'a'.repeat(39)]) {
    const { version: replaces } = await fixture.store.read(address, 'current', newCall())
    const made = await fixture.store.write(
      address,
      material({ value: newKey() }),
      { mark, replaces },
      newCall(),
    )
    assert.equal(made.version.length, 64)
    assert.equal((await fixture.store.read(address, made.version, newCall())).mark, mark)
  }
  for (const mark of ['', 'a'.repeat(40), 'a b', 'a_b', '-a']) {
    const intent = { mark, replaces: version }
    const write = fixture.store.write(address, material({ value: newKey() }), intent, newCall())
    await assert.rejects(write, { code: 'invalid' }, mark)
  }
})

test('a secret without a version: the first writer wins', async () => {
  const { newEmptySecret } = fixture
  assert.ok(newEmptySecret !== 'impossible')
  const name = await newEmptySecret()
  const address = { secret: name, fields: { value: 'API_KEY' } }
  const theirs = '{"OTHER":"theirs"}'
  const run = async () => {
    atServer(name).versions.set('f'.repeat(32), { text: theirs, stages: new Set(['AWSCURRENT']) })
  }
  fixture.proxy.arm({ action: { kind: 'meanwhile', run }, when: onOperation('PutSecretValue') })
  const intent = { mark: 'm-1', replaces: 'absent' } as const
  const write = fixture.store.write(address, material({ value: newKey() }), intent, newCall())
  await assert.rejects(write, { code: 'conflict', effect: 'none' })
  assert.equal(await fixture.rawText(name), theirs)
})

test('a secret whose versions are all without AWSCURRENT gets it with the write', async () => {
  const { newEmptySecret } = fixture
  assert.ok(newEmptySecret !== 'impossible')
  const name = await newEmptySecret()
  atServer(name).versions.set('e'.repeat(32), { text: '{}', stages: new Set(['AWSPENDING']) })
  const address = { secret: name, fields: { value: 'API_KEY' } }
  const value = newKey()
  const intent = { mark: 'm-1', replaces: 'absent' } as const
  const { version } = await fixture.store.write(address, material({ value }), intent, newCall())
  assert.equal(await fixture.rawText(name), JSON.stringify({ API_KEY: value }))
  assert.equal((await fixture.store.read(address, 'current', newCall())).version, version)
})

test('many rotations without a retirement stay within the limit of staging labels', async () => {
  const { address, version } = await seed()
  let replaces = version
  for (let count = 1; count <= 25; count += 1) {
    const intent = { mark: `k7f3-20261122-bbbbbb-${count}`, replaces }
    replaces = (await fixture.store.write(address, material({ value: newKey() }), intent, newCall())).version
  }
})

test('an ARN is an address too', async () => {
  const { secret } = await seed()
  const address = { secret: atServer(secret).arn, fields: { value: 'API_KEY' } }
  const { version } = await fixture.store.read(address, 'current', newCall())
  const intent = { mark: 'm-1', replaces: version }
  await fixture.store.write(address, material({ value: newKey() }), intent, newCall())
})

describe('what must not be written to is refused by check', () => {
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ['a secret that another service owns', { OwningService: 'rds' }, /rds/],
    ['a secret that AWS rotates', { RotationEnabled: true }, /is rotated by AWS/],
    ['a replica', { PrimaryRegion: 'eu-west-1' }, /eu-west-1/],
    ['a secret scheduled for deletion', { DeletedDate: 1 }, /deletion/],
    [
      'a secret that Vault copies here',
      { Tags: [{ Key: 'hashicorp:vault', Value: '' }] },
      /Vault's secrets sync/,
    ],
  ]
  for (const [name, description, said] of cases) {
    test(name, async () => {
      const { secret, address } = await seed()
      Object.assign(atServer(secret).description, description)
      await assert.rejects(fixture.store.check(address, newCall()), (error) => {
        assert.ok(error instanceof ProviderError)
        assert.equal(error.code, 'invalid')
        return said.test(error.message)
      })
    })
  }

  test('binary data', async () => {
    const { secret, address } = await seed()
    atServer(secret).versions.set('f'.repeat(32), { binary: 'AAEC', stages: new Set(['AWSCURRENT']) })
    for (const { stages } of [...atServer(secret).versions.values()].slice(0, 1)) stages.clear()
    await assert.rejects(fixture.store.check(address, newCall()), /binary/)
    await assert.rejects(fixture.store.read(address, 'current', newCall()), /binary/)
  })

  test('the primary of a replica and a KMS key in the config are fine; a failed replica and another key are noted', async () => {
    const { secret, address } = await seed()
    const KmsKeyId = 'arn:aws:kms:eu-central-1:123456789012:key/1234'
    const ReplicationStatus = [{ Region: 'eu-west-1', Status: 'Failed' }]
    Object.assign(atServer(secret).description, {
      PrimaryRegion: 'eu-central-1',
      KmsKeyId,
      ReplicationStatus,
    })
    const { notes } = await fixture.store.check(address, newCall())
    assert.equal(notes.length, 2)
    const endpoint = fixture.proxy.url
    const options = { region: 'eu-central-1', endpoint, profile: 'admin', kmsKeys: [KmsKeyId] }
    const store = make(optionsSchema.parse(options), { name: 'aws', stateFolder: '/nonexistent' })
    assert.equal((await store.check(address, newCall())).notes.length, 1)
    await store.close?.()
  })
})

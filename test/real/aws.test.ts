import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { permissions } from '../../providers/stores/aws-secrets-manager/options.ts'
import { ProviderError } from '../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore } from '../../src/contracts/secret-store.ts'
import { material } from '../../src/contracts/secret-value.ts'
import { secretStoreLaw } from '../laws/secret-store.ts'
import { onOperation } from '../shared/network/fault-proxy.ts'
import { requireEnv } from '../shared/require-env.ts'
import { type AwsAccount, makePrincipal } from '../shared/stand-ins/aws/query.ts'
import { type AwsFixture, type AwsPrincipal, makeAwsFixture } from '../shared/stand-ins/aws/store-fixture.ts'

const writerActions = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
]

let fixture: AwsFixture

beforeAll(async () => {
  const account: AwsAccount = {
    endpoint: requireEnv('KEYROTA_TEST_AWS_ENDPOINT'),
    region: requireEnv('KEYROTA_TEST_AWS_REGION'),
    id: requireEnv('KEYROTA_TEST_AWS_ACCESS_KEY_ID'),
    secret: requireEnv('KEYROTA_TEST_AWS_SECRET_ACCESS_KEY'),
  }
  const run = randomBytes(3).toString('hex')
  const principals: Record<string, AwsPrincipal> = { admin: { id: account.id, secret: account.secret } }
  principals.nobody = await makePrincipal(account, `nobody-${run}`)
  principals.keyrota = await makePrincipal(account, `keyrota-${run}`, policyOf('keyrota'))
  principals.reader = await makePrincipal(account, `reader-${run}`, policyOf('reader'))
  for (const [index, action] of writerActions.entries()) {
    const policy = policyOf('keyrota', action)
    principals[`without-${action}`] = await makePrincipal(account, `without-${index}-${run}`, policy)
  }
  fixture = await makeAwsFixture({ ...account, principals, hasEmptySecrets: true })
})

afterAll(() => fixture.close())

/** The printed policy, one action left out when asked. The server evaluates actions but no ARNs, hence the star. */
function policyOf(role: 'keyrota' | 'reader', leftOut?: string): string {
  const addresses = [{ secret: 'law/any', fields: { value: 'API_KEY' } }]
  const policy = JSON.parse(permissions({ options: { kmsKeys: [] }, addresses, role }))
  policy.Statement[0].Resource = '*'
  policy.Statement[0].Action = policy.Statement[0].Action.filter((action: string) => action !== leftOut)
  return JSON.stringify(policy)
}

describe('aws-secrets-manager keeps the law: moto', () => {
  for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
})

/** Everything a rotation asks of a store: check, read, write, read back, roll back, retire. */
async function rotate(store: SecretStore, address: SecretAddress): Promise<void> {
  const call = { signal: AbortSignal.timeout(10_000), beforeSend: () => undefined }
  const mark = `law-${randomBytes(4).toString('hex')}`
  await store.check(address, call)
  const old = await store.read(address, 'current', call)
  const value = material({ value: randomBytes(24).toString('hex') })
  const first = await store.write(address, value, { mark: `${mark}-1`, replaces: old.version }, call)
  await store.read(address, first.version, call)
  await store.write(address, old.material, { mark: `${mark}-2`, replaces: first.version }, call)
  await store.retire(address, first.version, call)
}

describe('the printed policy', () => {
  const address = async () => {
    const secret = await fixture.newSecret({ API_KEY: randomBytes(24).toString('hex') })
    return { secret, fields: { value: 'API_KEY' } }
  }

  test('is enough for everything a rotation asks of the store', async () => {
    await rotate(fixture.storeAs('keyrota'), await address())
  })

  for (const action of writerActions) {
    test(`without ${action} something is denied, and the error names it`, async () => {
      const attempt = rotate(fixture.storeAs(`without-${action}`), await address())
      await assert.rejects(attempt, (error) => {
        assert.ok(error instanceof ProviderError)
        assert.equal(error.code, 'denied')
        return error.message.includes(action) && error.nextStep.includes(action)
      })
    })
  }

  test('of a reader reads and writes nothing', async () => {
    const store = fixture.storeAs('reader')
    const place = await address()
    const call = { signal: AbortSignal.timeout(10_000), beforeSend: () => undefined }
    const { version } = await store.read(place, 'current', call)
    const write = store.write(
      place,
      material({ value: 'sixteen-letters-' }),
      { mark: 'm-1', replaces: version },
      call,
    )
    await assert.rejects(write, /lacks secretsmanager:PutSecretValue/)
  })
})

test('a write is one read, one put and one move of the label, a read is one request', async () => {
  const secret = await fixture.newSecret({ API_KEY: randomBytes(24).toString('hex') })
  const place = { secret, fields: { value: 'API_KEY' } }
  const call = { signal: AbortSignal.timeout(10_000), beforeSend: () => undefined }
  fixture.proxy.forget()
  const { version } = await fixture.store.read(place, 'current', call)
  assert.equal(fixture.proxy.count(), 1)
  fixture.proxy.forget()
  await fixture.store.write(
    place,
    material({ value: 'sixteen-letters-' }),
    { mark: 'm-1', replaces: version },
    call,
  )
  const operations = ['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']
  assert.deepEqual(
    fixture.proxy.requests.map(({ operation }) => operation),
    operations,
  )
  for (const operation of operations) assert.equal(fixture.proxy.count(onOperation(operation)), 1)
})

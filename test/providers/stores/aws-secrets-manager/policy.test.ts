import assert from 'node:assert/strict'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { describe, test } from 'vitest'
import { permissions } from '../../../../providers/stores/aws-secrets-manager/options.ts'

const account = '123456789012'
const region = 'eu-central-1'
const kmsKey = `arn:aws:kms:${region}:${account}:key/0b1c2d3e-0000-4000-8000-000000000000`
const base = `arn:aws:secretsmanager:${region}:${account}:secret:`
const writerActions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']

interface Request {
  role?: 'keyrota' | 'reader'
  options?: { region?: string; account?: string; kmsKeys: string[] }
  secrets: readonly string[]
  action: string
  resource: string
  context?: Record<string, string>
}

/** Whether the printed policy allows the action, by an evaluator that looks at ARNs and conditions. */
async function isAllowed(request: Request): Promise<boolean> {
  const { role = 'keyrota', options = { region, account, kmsKeys: [] }, secrets, action, resource } = request
  const addresses = secrets.map((secret) => ({ secret, fields: { value: 'API_KEY' } }))
  const policy: unknown = JSON.parse(permissions({ options, addresses, role }))
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/keyrota`,
        action,
        resource: { resource, accountId: account },
        contextVariables: request.context ?? {},
      },
      identityPolicies: [{ name: 'keyrota', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // A key is used by whoever IAM lets only where its own policy hands that over to the account.
      ...(action.startsWith('kms:') ? { resourcePolicy: accountKeyPolicy } : {}),
    },
    {},
  )
  assert.ok(answer.resultType !== 'error', JSON.stringify(answer))
  return answer.overallResult === 'Allowed'
}

const accountKeyPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
  ],
}

describe('the printed policy, by its ARNs', () => {
  for (const verb of writerActions) {
    const action = `secretsmanager:${verb}`
    test(`allows ${verb} on the secret, however it is named, and on no other`, async () => {
      const resource = `${base}prod/app-AbCdEf`
      for (const secret of ['prod/app', resource, `${base}prod/app`]) {
        assert.ok(await isAllowed({ secrets: ['other', secret], action, resource }), secret)
        for (const other of ['prod/app2-AbCdEf', 'prod/app-two-AbCdEf', 'prod/ap-AbCdEf', 'app-AbCdEf']) {
          assert.ok(!(await isAllowed({ secrets: [secret], action, resource: base + other })), other)
        }
      }
    })
  }

  test('is bound to region and account where they are named, to neither where not', async () => {
    const action = 'secretsmanager:GetSecretValue'
    const elsewhere = `arn:aws:secretsmanager:us-east-1:${account}:secret:app-AbCdEf`
    assert.ok(!(await isAllowed({ secrets: ['app'], action, resource: elsewhere })))
    assert.ok(await isAllowed({ options: { kmsKeys: [] }, secrets: ['app'], action, resource: elsewhere }))
  })

  test('names the partition that the region is in, and any when the region is not known', async () => {
    const action = 'secretsmanager:GetSecretValue'
    const cases = [
      ['eu-central-1', 'aws'],
      ['us-east-1', 'aws'],
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
      ['eusc-de-east-1', 'aws-eusc'],
      ['us-iso-east-1', 'aws-iso'],
      ['us-isob-east-1', 'aws-iso-b'],
      ['eu-isoe-west-1', 'aws-iso-e'],
      ['us-isof-south-1', 'aws-iso-f'],
    ] as const
    const addresses = [{ secret: 'app', fields: { value: 'API_KEY' } }]
    for (const [where, partition] of cases) {
      const options = { region: where, account, kmsKeys: [] }
      const [statement] = JSON.parse(permissions({ options, addresses, role: 'keyrota' })).Statement
      const resource = `arn:${partition}:secretsmanager:${where}:${account}:secret:app-`
      assert.deepEqual(statement.Resource, [`${resource}??????`])
      const unknown = { options: { account, kmsKeys: [] }, secrets: ['app'], action }
      assert.ok(await isAllowed({ ...unknown, resource: `${resource}AbCdEf` }), where)
    }
  })

  test('lets nobody make, delete or open up a secret, and a reader read alone', async () => {
    const resource = `${base}app-AbCdEf`
    for (const verb of [
      'CreateSecret',
      'DeleteSecret',
      'PutResourcePolicy',
      'UpdateSecret',
      'RotateSecret',
    ]) {
      assert.ok(!(await isAllowed({ secrets: ['app'], action: `secretsmanager:${verb}`, resource })), verb)
    }
    for (const verb of writerActions) {
      const action = `secretsmanager:${verb}`
      assert.equal(
        await isAllowed({ role: 'reader', secrets: ['app'], action, resource }),
        verb === 'GetSecretValue',
      )
    }
  })

  test('allows the KMS keys of the config through the service only', async () => {
    const options = { region, account, kmsKeys: [kmsKey] }
    const via = (service: string) => ({ 'kms:ViaService': `${service}.${region}.amazonaws.com` })
    const ask = (action: string, role: 'keyrota' | 'reader', service: string) =>
      isAllowed({ role, options, secrets: ['app'], action, resource: kmsKey, context: via(service) })
    assert.ok(await ask('kms:Decrypt', 'keyrota', 'secretsmanager'))
    assert.ok(await ask('kms:GenerateDataKey', 'keyrota', 'secretsmanager'))
    assert.ok(await ask('kms:Decrypt', 'reader', 'secretsmanager'))
    assert.ok(!(await ask('kms:GenerateDataKey', 'reader', 'secretsmanager')))
    assert.ok(!(await ask('kms:Decrypt', 'keyrota', 's3')))
    const abroad = { 'kms:ViaService': `secretsmanager.${region}.amazonaws.eu` }
    assert.ok(
      await isAllowed({
        options,
        secrets: ['app'],
        action: 'kms:Decrypt',
        resource: kmsKey,
        context: abroad,
      }),
    )
  })
})

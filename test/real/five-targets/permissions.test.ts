import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { DATA_ACTIONS } from '../../../providers/stores/azure-key-vault/permissions.ts'
import { application } from '../../../src/compose.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { rotate } from '../../../src/service/rotate.ts'
import { newCall, newMark, newValue, refused } from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { FIELD, KEY } from '../../shared/rigs/five-targets/config.ts'
import { type FiveRig, makeFiveRig } from '../../shared/rigs/five-targets/rig.ts'
import {
  type FiveServers,
  keepToken,
  openFiveServers,
  type Principal,
  type StoreName,
  storeNames,
} from '../../shared/rigs/five-targets/servers.ts'
import { type AwsAccount, callIam, makePrincipal } from '../../shared/stand-ins/aws/query.ts'
import type { AwsPrincipal } from '../../shared/stand-ins/aws/store-fixture.ts'

type Policies = Record<StoreName, string>

const account: AwsAccount = {
  endpoint: requireEnv('KEYROTA_TEST_AWS_ENDPOINT'),
  region: requireEnv('KEYROTA_TEST_AWS_REGION'),
  id: requireEnv('KEYROTA_TEST_AWS_ACCESS_KEY_ID'),
  secret: requireEnv('KEYROTA_TEST_AWS_SECRET_ACCESS_KEY'),
}
/** Users of IAM without any right, each for one test: who they are must be known before a store is made. */
const users = Array.from({ length: 8 }, (_, at) => `five-${at}-${randomBytes(3).toString('hex')}`)
const freeUsers = [...users]
let servers: FiveServers

beforeAll(async () => {
  const profiles: Record<string, AwsPrincipal> = {}
  for (const user of users) profiles[user] = await makePrincipal(account, user)
  servers = await openFiveServers(profiles)
})
afterAll(() => servers.close())

async function makeRig({ onTestFinished }: TestContext): Promise<FiveRig> {
  const rig = await makeFiveRig(servers)
  onTestFinished(() => rig.close())
  return rig
}

/** What `keyrota permissions` prints for the config of this rig, by store. */
async function print(rig: FiveRig, role: 'keyrota' | 'reader'): Promise<Policies> {
  const printed = await application.permissions({ config: rig.config, role })
  return Object.fromEntries(printed.map(({ store, policy }) => [store, policy])) as Policies
}

/** A principal at the server that has what the policy says, and nothing else. */
const grant: Readonly<Record<StoreName, (policy: string) => Promise<Principal>>> = {
  // The server evaluates actions but no ARNs; those are held to an evaluator of policies elsewhere.
  async aws(policy) {
    const profile = freeUsers.shift() ?? ''
    const document = JSON.parse(policy)
    for (const statement of document.Statement) statement.Resource = '*'
    const about = { UserName: profile, PolicyName: 'printed', PolicyDocument: JSON.stringify(document) }
    await callIam(account, { Action: 'PutUserPolicy', ...about })
    return { profile }
  },
  async gcp(policy) {
    const { role, bindings } = JSON.parse(policy)
    const prefixes = bindings.map(({ resource }: { resource: string }) => resource)
    const permissions = role.includedPermissions.map((permission: string) => ({ permission, prefixes }))
    const token = randomUUID()
    const body = JSON.stringify({ token, permissions })
    const answer = await fetch(`${requireEnv('KEYROTA_TEST_GCP_ADMIN')}/tokens`, { method: 'POST', body })
    expect(answer.ok).toBe(true)
    return { tokenEnv: keepToken(token) }
  },
  /** The stand-in counts the update of a version as "set". */
  async azure(policy) {
    const actions: readonly string[] = JSON.parse(policy).roleDefinition.DataActions
    const verbs = (['get', 'list', 'set'] as const).filter((verb) => actions.includes(DATA_ACTIONS[verb]))
    return { tokenEnv: keepToken(await servers.azure.newToken(verbs)) }
  },
  vault: async (policy) => ({ tokenEnv: keepToken(await servers.vault.newToken(policy)) }),
  kubernetes: async (policy) => ({ token: (await servers.kubernetes.newAccount(policy)).token }),
}

async function grantAll(policies: Policies): Promise<Record<StoreName, Principal>> {
  const granted = await Promise.all(
    storeNames.map(async (store) => [store, await grant[store](policies[store])]),
  )
  return Object.fromEntries(granted)
}

describe.concurrent('with what `keyrota permissions` prints, applied to five servers', () => {
  test('the whole rotation passes', async (context) => {
    const rig = await makeRig(context)
    await rig.actAs(await grantAll(await print(rig, 'keyrota')))
    const { record } = await rig.using(({ context: mine }) => rotate(mine, KEY, {}))
    expect(record?.last?.end).toBe('completed')
    expect(await rig.held()).toEqual(rig.live())
    expect(rig.fleet.calls.refused).toBe(0)
  })

  test('the whole rollback passes', async (context) => {
    const rig = await makeRig(context)
    await rig.actAs(await grantAll(await print(rig, 'keyrota')))
    rig.fleet.failUnlessOn(rig.oldKey)
    const { record } = await rig.using(({ context: mine }) => rotate(mine, KEY, {}))
    expect(record?.last?.end).toBe('rolled-back')
    expect(await rig.held()).toEqual([rig.oldKey])
    expect(rig.live()).toEqual([rig.oldKey])
  })

  test('of a reader allow reading the key and no writing', async (context) => {
    const rig = await makeRig(context)
    const versions = (await rig.record()).current?.versions ?? {}
    await rig.actAs(await grantAll(await print(rig, 'reader')))
    await rig.using(async ({ context: mine }) => {
      for (const { store: name, secret, id } of rig.targets) {
        const store = await mine.providers.store(name)
        const address = { secret, fields: { value: FIELD } }
        // A reader of Google's service cannot list versions, so it reads by number or by `latest`.
        await store.read(address, name === 'gcp' ? (versions[id] ?? '') : 'current', newCall())
        const intent = { mark: newMark(), replaces: versions[id] ?? '' }
        const error = await refused(
          store.write(address, material({ value: newValue() }), intent, newCall()),
          'denied',
        )
        expect(error.effect, name).toBe('none')
      }
    })
  })

  test('of a reader start no rotation: it is blocked before a key is created, and says what is missing', async (context) => {
    const rig = await makeRig(context)
    await rig.actAs(await grantAll(await print(rig, 'reader')))
    const { end, record } = await rig.using(({ context: mine }) => rotate(mine, KEY, {}))
    expect(end).toBe('standing')
    expect(record?.rotation).toMatchObject({ step: 'preflight', hold: { reason: 'target-refused' } })
    expect(rig.live()).toEqual([rig.oldKey])
  })
})

const without = (text: string) => (policy: string) => policy.replace(text, '')

/** A grant, how it is taken out of the printed policy, and what must then be named. */
const grants: readonly [StoreName, string, (policy: string) => string][] = [
  ...['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
    (action): (typeof grants)[number] => [
      'aws',
      `secretsmanager:${action}`,
      dropAction(`secretsmanager:${action}`),
    ],
  ),
  ...['secrets.get', 'versions.access', 'versions.add', 'versions.destroy', 'versions.list'].map(
    (name): (typeof grants)[number] => [
      'gcp',
      `secretmanager.${name}`,
      dropPermission(`secretmanager.${name}`),
    ],
  ),
  ...(['get', 'list', 'set'] as const).map((verb): (typeof grants)[number] => [
    'azure',
    DATA_ACTIONS[verb],
    dropDataAction(DATA_ACTIONS[verb]),
  ]),
  ['vault', '"read" on', without('"read", ')],
  ['vault', '"update" on', without(', "update"')],
  ['vault', '/destroy/', (policy) => policy.replace(/path "secret\/destroy[^}]*\}/, '')],
  ['kubernetes', '"get"', (policy) => policy.replace('[get, patch]', '[patch]')],
  ['kubernetes', '"patch"', (policy) => policy.replace('[get, patch]', '[get]')],
]

function dropAction(action: string) {
  return (policy: string): string => {
    const document = JSON.parse(policy)
    for (const one of document.Statement) one.Action = one.Action.filter((kept: string) => kept !== action)
    return JSON.stringify(document)
  }
}

function dropPermission(name: string) {
  return (policy: string): string => {
    const document = JSON.parse(policy)
    document.role.includedPermissions = document.role.includedPermissions.filter(
      (kept: string) => kept !== name,
    )
    return JSON.stringify(document)
  }
}

function dropDataAction(action: string) {
  return (policy: string): string => {
    const document = JSON.parse(policy)
    const { roleDefinition } = document
    roleDefinition.DataActions = roleDefinition.DataActions.filter((kept: string) => kept !== action)
    return JSON.stringify(document)
  }
}

describe.concurrent('with any one grant taken away the rotation stands, names it, and revokes nothing', () => {
  test.each(grants)('%s without %s', async (store, named, drop) => {
    const rig = await makeFiveRig(servers)
    try {
      const printed = (await print(rig, 'keyrota'))[store]
      const lacking = drop(printed)
      expect(lacking).not.toBe(printed)
      await rig.actAs({ [store]: await grant[store](lacking) })
      const { end, record } = await rig.using(({ context }) => rotate(context, KEY, {}))
      expect(end).toBe('standing')
      const { hold } = record?.rotation ?? {}
      expect(hold?.reason).toBe('target-refused')
      expect(hold?.detail).toContain(named)
      expect(hold?.detail).toContain(rig.target(store).id)
      expect(rig.live()).toContain(rig.oldKey)
      expect(rig.fleet.calls.refused).toBe(0)
    } finally {
      await rig.close()
    }
  })
})

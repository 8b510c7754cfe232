import assert from 'node:assert/strict'
import { SecretClient } from '@azure/keyvault-secrets'
import { test } from 'vitest'
import { toAzureError } from '../../../providers/stores/azure-key-vault/errors.ts'
import { findRace, MARK_TAG, REPLACES_TAG } from '../../../providers/stores/azure-key-vault/history.ts'
import { checkAddress, options } from '../../../providers/stores/azure-key-vault/options.ts'
import { permissions } from '../../../providers/stores/azure-key-vault/permissions.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'

function version(id: string, second: number, ours?: { mark: string; replaces: string }) {
  const tags = ours === undefined ? {} : { tags: { [MARK_TAG]: ours.mark, [REPLACES_TAG]: ours.replaces } }
  return { version: id, name: 'app', vaultUrl: 'https://v.test', createdOn: new Date(second * 1000), ...tags }
}

test('versions of earlier seconds are no race, of later ones they are', () => {
  const before = version('b', 10)
  const made = version('m', 30, { mark: 'm1', replaces: 'b' })
  assert.equal(findRace([version('a', 9), before, made], before, 'm'), undefined)
  assert.equal(findRace([version('c', 20), before, made], before, 'm'), 'c')
  assert.equal(findRace([version('c', 30, { mark: 'm9', replaces: 'b' }), before, made], before, 'm'), 'c')
})

test('within one second the tags show what is older', () => {
  const first = version('a', 10)
  const ours = version('b', 10, { mark: 'm1', replaces: 'a' })
  const made = version('m', 10, { mark: 'm2', replaces: 'b' })
  assert.equal(findRace([made, first, ours], ours, 'm'), undefined)
  const foreign = version('f', 10)
  assert.equal(findRace([made, first, ours, foreign], ours, 'm'), 'f')
  // What we looked at is somebody's, and what came before it is ours.
  const next = version('n', 10, { mark: 'm3', replaces: 'f' })
  assert.equal(findRace([next, first, ours, foreign], foreign, 'n'), undefined)
})

test('within one second another writer of the same version, and a copy of our tags, are a race', () => {
  const before = version('b', 10, { mark: 'm1', replaces: 'a' })
  const made = version('m', 10, { mark: 'm2', replaces: 'b' })
  const sibling = version('s', 10, { mark: 'm7', replaces: 'b' })
  assert.equal(findRace([before, made, sibling], before, 'm'), 's')
  const copy = version('c', 10, { mark: 'm1', replaces: 'a' })
  assert.equal(findRace([before, made, copy], before, 'm'), 'c')
})

test('tags that point at each other end', () => {
  const one = version('x', 10, { mark: 'm1', replaces: 'y' })
  const other = version('y', 10, { mark: 'm2', replaces: 'x' })
  assert.equal(findRace([one, other], one, 'm'), undefined)
})

test('an address that asks for a token of something else gets none, and is reported as wrong', async () => {
  let asked = 0
  const getToken = async () => {
    asked += 1
    return { token: 'a-token', expiresOnTimestamp: Date.now() + 60_000 }
  }
  const challenge =
    'Bearer authorization="https://login.microsoftonline.com/t", resource="https://elsewhere.test"'
  const get = (name: string) => (name.toLowerCase() === 'www-authenticate' ? challenge : undefined)
  const sendRequest = async (request: unknown) => ({ request, status: 401, headers: { get } }) as never
  const client = new SecretClient('https://v.vault.azure.net', { getToken }, { httpClient: { sendRequest } })
  const thrown: unknown = await client.getSecret('app').catch((error: unknown) => error)
  const subject = { provider: 'azure', about: 'get it', mutates: false }
  const error = toAzureError(thrown, { verb: 'get', secret: 'app' }, subject)
  assert.equal(asked, 0)
  assert.ok(error instanceof ProviderError)
  assert.deepEqual([error.code, error.effect], ['invalid', 'none'])
})

test('an address is a name of the vault, and its fields or the whole', () => {
  const problems = (secret: string, ...fields: (string | null)[]) =>
    checkAddress({
      secret,
      fields: Object.fromEntries(fields.map((field, index) => [`part${index}`, field])),
    })
  assert.deepEqual(problems('Prod-Renderer-2', null), [])
  assert.deepEqual(problems('app', 'ID', 'KEY'), [])
  assert.equal(problems('app', null, 'KEY').length, 1)
  assert.equal(problems('a_b', 'KEY', 'KEY').length, 2)
})

test('the role is assigned to each secret once, however its name is spelled', () => {
  const addresses = ['App', 'app', 'other'].map((secret) => ({ secret, fields: { value: null } }))
  const given = options.parse({ vault: 'https://example.vault.azure.net' })
  const { roleDefinition, roleAssignments } = JSON.parse(
    permissions({ options: given, addresses, role: 'reader' }),
  )
  assert.equal(roleDefinition.DataActions.length, 1)
  assert.deepEqual(
    roleAssignments.map(({ scope }: { scope: string }) => scope.slice(scope.indexOf('/vaults/'))),
    ['/vaults/example/secrets/app', '/vaults/example/secrets/other'],
  )
})

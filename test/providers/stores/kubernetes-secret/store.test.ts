import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { judgeWrite } from '../../../../providers/shared/store/judge-write.ts'
import { makePlace } from '../../../../providers/shared/store/place.ts'
import { readState } from '../../../../providers/stores/kubernetes-secret/history.ts'
import { checkAddress, options } from '../../../../providers/stores/kubernetes-secret/options.ts'
import { describeRetirement, describeWrite } from '../../../../providers/stores/kubernetes-secret/patch.ts'
import { clusterRules } from '../../../../providers/stores/kubernetes-secret/permissions.ts'
import { toSeen } from '../../../../providers/stores/kubernetes-secret/write.ts'
import { type Material, material } from '../../../../src/contracts/secret-value.ts'
import { describeRoles } from '../../../../src/permissions/roles.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'

const address = { secret: 'app', fields: { value: 'KEY' } }
const place = makePlace({
  provider: 'cluster',
  address,
  secret: 'app',
  call: newCall(),
  name: 'Secret default/app',
})
const base64 = (text: string) => Buffer.from(text).toString('base64')

function secretWith(data: Record<string, string>, annotation?: string) {
  const annotations = annotation === undefined ? {} : { 'keyrota.dev/KEY': annotation }
  const encoded = Object.entries(data).map(([field, value]) => [field, base64(value)])
  return { metadata: { resourceVersion: '7', annotations }, data: Object.fromEntries(encoded) }
}

const stateOf = (secret: ReturnType<typeof secretWith>) => readState(place, secret)

/** What a Secret looks like after a write. */
function written(data: Record<string, string>, value: string, mark: string) {
  const before = secretWith(data)
  const patch = describeWrite(before, stateOf(before), address, { material: material({ value }), mark })
  return {
    metadata: { ...patch.metadata, resourceVersion: '8' },
    data: { ...before.data, ...patch.data } as Record<string, string>,
  }
}

test('a value that we did not write has a version of its own at each revision', () => {
  const state = stateOf(secretWith({ KEY: 'somebody-wrote-it' }))
  assert.match(state.current?.version ?? '', /^[0-9a-f]{16}\.rv7$/)
  assert.equal(state.current?.mark, undefined)
})

test('the version of a value that can be guessed shows nothing of it', () => {
  for (const weak of ['hunter2', 'changeme'])
    assert.equal(stateOf(secretWith({ KEY: weak })).current?.version, `${'0'.repeat(16)}.rv7`)
})

test('our note counts only for the value it was written with', () => {
  const secret = written({ KEY: 'old-old-old-old-' }, 'new-new-new-new-', 'm1')
  assert.match(stateOf(secret as never).current?.version ?? '', /\.m1$/)
  secret.data.KEY = base64('changed-by-hand-')
  const state = stateOf(secret as never)
  assert.match(state.current?.version ?? '', /\.rv8$/)
  assert.ok(state.previous, 'the replaced value is still ours')
})

test('a note that was damaged counts for nothing and breaks nothing', () => {
  for (const note of ['', 'null', '[]', '{"mark":1,"fingerprint":2}', '{"mark":"m1"}']) {
    const state = stateOf(secretWith({ KEY: 'somebody-wrote-it', 'KEY.previous': 'x' }, note))
    assert.match(state.current?.version ?? '', /\.rv7$/)
    assert.deepEqual(state.taken, ['KEY'])
  }
})

test('a write is judged by mark and version', () => {
  const secret = written({ KEY: 'old-old-old-old-' }, 'new-new-new-new-', 'm1')
  const state = stateOf(secret as never)
  const version = state.current?.version ?? ''
  const same = material({ value: 'new-new-new-new-' })
  const other = material({ value: 'other-other-other' })
  const judge = (written: Material, mark: string, replaces: string) =>
    judgeWrite(toSeen(state, written, mark), { mark, replaces })
  assert.equal(judge(same, 'm1', 'anything'), 'repeat')
  assert.equal(judge(other, 'm1', version), 'conflict')
  assert.equal(judge(same, 'm2', version), 'write')
  assert.equal(judge(same, 'm2', 'absent'), 'conflict')
})

test('writing the same value again leaves the replaced one, and retiring takes only that', () => {
  const secret = written({ KEY: 'old-old-old-old-', SIBLING: 'x' }, 'new-new-new-new-', 'm1')
  const again = describeWrite(secret as never, stateOf(secret as never), address, {
    material: material({ value: 'new-new-new-new-' }),
    mark: 'm2',
  })
  assert.deepEqual(Object.keys(again.data), ['KEY'])
  assert.match(again.metadata.annotations['keyrota.dev/KEY'] ?? '', /"mark":"m2".*"previous"/)
  const retired = describeRetirement(secret as never, stateOf(secret as never), address)
  assert.deepEqual(retired.data, { 'KEY.previous': null })
  assert.equal(JSON.parse(retired.metadata.annotations['keyrota.dev/KEY'] ?? '{}').previous, undefined)
})

test('an address needs fields, and names that the API allows', () => {
  const problems = (secret: string, ...fields: (string | null)[]) =>
    checkAddress({
      secret,
      fields: Object.fromEntries(fields.map((field, index) => [`part${index}`, field])),
    })
  assert.deepEqual(problems('prod/app.config', 'API_KEY', '.env', 'tls-key'), [])
  assert.equal(problems('app', null).length, 1)
  assert.equal(problems('app').length, 1)
  assert.equal(problems('app', 'A', 'A').length, 1)
})

test('a policy has one role for each namespace and names its Secrets', () => {
  const addresses = ['prod/b', 'prod/a', 'app', 'prod/a'].map((secret) => ({
    secret,
    fields: { value: 'KEY' },
  }))
  const text = describeRoles(
    clusterRules({ options: options.parse({ namespace: 'home' }), addresses, role: 'keyrota' }),
    'keyrota',
  )
  const documents = parseAllDocuments(text).map((document) => document.toJS())
  assert.deepEqual(
    documents.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`),
    ['Role home', 'RoleBinding home', 'Role prod', 'RoleBinding prod'],
  )
  const rule = { apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'], verbs: ['get', 'patch'] }
  assert.deepEqual(documents[2].rules, [rule])
})

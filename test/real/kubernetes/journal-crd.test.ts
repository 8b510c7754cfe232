import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { describeSpec } from '../../../providers/journals/kubernetes/spec.ts'
import { makeKey } from '../../shared/stand-ins/kubernetes/journal-fixture.ts'
import { useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()

function manifest(changes: object, name = 'web'): object {
  const spec = { ...describeSpec(makeKey(name)), ...changes }
  const metadata = { name, namespace: rig.server.namespace }
  return { apiVersion: 'keyrota.dev/v1alpha1', kind: 'ManagedKey', metadata, spec }
}

describe('the API server refuses', () => {
  const target = { store: 'cluster', secret: 'app' }
  const cases: [string, object, RegExp][] = [
    [
      'a duration without a unit',
      { every: '90' },
      /spec\.every: .*expected a duration: a whole number and one of/,
    ],
    ['a number out of range', { confirmations: 0 }, /spec\.confirmations: .*greater than or equal to 1/],
    ['a field that is missing', { issuer: undefined }, /spec\.issuer: Required value/],
    ['a misspelt field', { evry: '90d' }, /unknown field "spec\.evry"/],
    ['a name that is none', { issuer: 'Video' }, /spec\.issuer: .*expected lower case letters/],
    ['no target', { targets: [] }, /spec\.targets: .*at least 1/],
    [
      'a field and fields',
      { targets: [{ ...target, field: 'a', fields: { id: 'b' } }] },
      /spec\.targets\[0\]: .*`field` or `fields`, not both/,
    ],
    [
      'a template of several fields',
      { targets: [{ ...target, template: 'x', fields: { id: 'b' } }] },
      /`template` cannot be combined/,
    ],
    [
      'a part that has no name',
      { targets: [{ ...target, fields: { 'a b': 'b' } }] },
      /expected the name of a part/,
    ],
    [
      'a workload of another kind',
      { workloads: [{ kind: 'Job', name: 'x' }] },
      /spec\.workloads\[0\]\.kind: Unsupported value/,
    ],
  ]
  for (const [what, changes, words] of cases)
    test(`${what}, and says where and what is expected`, async () => {
      await assert.rejects(rig.server.apply(manifest(changes)), (error: Error) => words.test(error.message))
    })

  test('nothing of a key as Keyrota itself writes it, also with several parts', async () => {
    const fields = { id: 'ID', secret: 'SECRET' }
    await rig.server.apply(
      manifest({ targets: [{ ...target, fields }], workloads: [{ kind: 'Deployment', name: 'web' }] }),
    )
    // What is given as a status with the object is not taken.
    await rig.server.apply({ ...manifest({}, 'api'), status: { fingerprint: 'x' } })
    assert.equal(JSON.parse(await rig.kubectl('get', 'mkey', 'api', '-o', 'json')).status, undefined)
  })
})

test('kubectl explain reads as the config reference does', async () => {
  const text = await rig.server.kubectl('explain', 'managedkey.spec.every')
  assert.match(text, /age at which a key is rotated/)
  assert.match(
    await rig.server.kubectl('explain', 'managedkey.status.conditions'),
    /Ready, Rotating, Blocked and Drifted/,
  )
})

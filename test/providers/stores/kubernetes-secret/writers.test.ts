import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { findNotes } from '../../../../providers/stores/kubernetes-secret/notes.ts'
import { findLastWriter, findWriter } from '../../../../providers/stores/kubernetes-secret/writers.ts'

/** A Secret whose fields belong to these managers. */
function secretOf(owned: Readonly<Record<string, readonly string[]>>, metadata: object = {}) {
  const managedFields = Object.entries(owned).map(([manager, fields]) => ({
    manager,
    operation: 'Apply',
    fieldsV1: { 'f:data': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
  }))
  return { metadata: { ...metadata, managedFields } }
}

describe('a controller that keeps a field as its manifest has it', () => {
  const controllers: readonly [string, RegExp][] = [
    ['argocd-controller', /Argo CD/],
    ['argocd-application-controller', /Argo CD/],
    ['helm-controller', /Flux/],
    ['kustomize-controller', /Flux/],
  ]
  for (const [manager, who] of controllers) {
    test(`${manager} is a writer while the field is its own, and not when it is ours`, () => {
      assert.match(findWriter(secretOf({ [manager]: ['KEY', 'OTHER'] }), ['KEY'])?.who ?? '', who)
      assert.equal(findWriter(secretOf({ [manager]: ['OTHER'], keyrota: ['KEY'] }), ['KEY']), undefined)
    })
  }

  test('people with kubectl write when a person says so, and are none', () => {
    for (const manager of [
      'kubectl',
      'kubectl-client-side-apply',
      'kubectl-edit',
      'before-first-apply',
      'keyrota',
    ])
      assert.equal(findWriter(secretOf({ [manager]: ['KEY'] }), ['KEY']), undefined, manager)
  })

  test('Helm is a writer of the fields that its chart renders, by either way of applying', () => {
    for (const manager of ['helm', 'Helm']) {
      assert.match(findWriter(secretOf({ [manager]: ['KEY'] }), ['KEY'])?.target ?? '', /existingSecret/)
      assert.equal(findWriter(secretOf({ [manager]: ['OTHER'] }), ['KEY']), undefined)
    }
  })

  test('a manager that applied the field under stringData is a writer, also after we wrote it', () => {
    const [applied] = secretOf({ 'argocd-controller': ['KEY'] }).metadata.managedFields
    const { 'f:data': held } = applied?.fieldsV1 ?? { 'f:data': {} }
    const entry = { ...applied, fieldsV1: { 'f:stringData': held } }
    const [ours] = secretOf({ keyrota: ['KEY'] }).metadata.managedFields
    const secret = { metadata: { managedFields: [entry, ours] } } as never
    assert.match(findWriter(secret, ['KEY'])?.who ?? '', /Argo CD/)
    assert.equal(findLastWriter(secret, ['KEY']), 'argocd-controller', 'the drift is not ours')
  })
})

describe('what Argo CD tracks is noted', () => {
  const instance = { labels: { 'app.kubernetes.io/instance': 'app' } }
  const notesOf = (owned: Record<string, string[]>, metadata: object) =>
    findNotes(secretOf(owned, metadata), ['KEY']).filter((note) => note.startsWith('Argo CD'))

  test('by its annotation, or by the label of an instance on what it has written', () => {
    const tracking = { annotations: { 'argocd.argoproj.io/tracking-id': 'app:/Secret:x/y' } }
    assert.equal(notesOf({}, tracking).length, 1)
    assert.equal(notesOf({ 'argocd-controller': ['OTHER'] }, instance).length, 1)
  })

  test('not by that label alone, which Helm sets too', () => {
    assert.equal(notesOf({ helm: ['KEY'] }, instance).length, 0)
    assert.equal(notesOf({ 'argocd-controller': ['OTHER'] }, {}).length, 0)
  })
})

test('the last writer of a field is the manager that has it since last, if its name is a plain one', () => {
  const secret = secretOf({ helm: ['KEY'], 'kubectl-edit': ['KEY'], keyrota: ['OTHER'] })
  const times = ['2026-11-20', '2026-11-22', '2026-11-23'].map((day) => new Date(day))
  const managedFields = secret.metadata.managedFields.map((one, index) => ({ ...one, time: times[index] }))
  const dated = (manager?: string) => ({
    metadata: {
      managedFields: managedFields.map((one, index) => (index === 1 && manager ? { ...one, manager } : one)),
    },
  })
  assert.equal(findLastWriter(dated() as never, ['KEY']), 'kubectl-edit')
  assert.equal(findLastWriter(dated('two\nlines') as never, ['KEY']), undefined)
  assert.equal(findLastWriter(dated() as never, ['ABSENT']), undefined)
})

describe('a writer that nobody here knows', () => {
  const owned = (reference: object) =>
    secretOf({ keyrota: ['KEY'] }, { ownerReferences: [reference] }) as never

  test('is refused as an owner, with and without `controller`', () => {
    for (const controller of [true, false, undefined]) {
      const writer = findWriter(owned({ kind: 'Widget', name: 'app', controller }), ['KEY'])
      assert.match(writer?.who ?? '', /Widget app/)
    }
    const infisical = findWriter(owned({ kind: 'InfisicalSecret', name: 'app' }), ['KEY'])
    assert.match(infisical?.target ?? '', /in Infisical/)
  })

  test('is refused as the manager of our field, and not of another one', () => {
    assert.match(findWriter(secretOf({ 'my-operator': ['KEY'] }), ['KEY'])?.who ?? '', /my-operator/)
    assert.equal(findWriter(secretOf({ 'my-operator': ['OTHER'] }), ['KEY']), undefined)
  })

  test('is allowed by its name, by its kind, by a beginning, and by none else', () => {
    const allow = (...names: string[]) => ({ allow: names, deny: [] })
    const managed = secretOf({ 'my-operator': ['KEY'] })
    assert.equal(findWriter(managed, ['KEY'], allow('my-operator')), undefined)
    assert.equal(findWriter(managed, ['KEY'], allow('my-*')), undefined)
    assert.ok(findWriter(managed, ['KEY'], allow('my-', 'operator')))
    assert.equal(findWriter(owned({ kind: 'Widget', name: 'app' }), ['KEY'], allow('Widget')), undefined)
  })

  test('is refused by what the config denies: a manager, or the beginning of an annotation', () => {
    const rules = { allow: [], deny: ['kubectl-edit', 'sync.example.com/*'] }
    assert.ok(findWriter(secretOf({ 'kubectl-edit': ['KEY'] }), ['KEY'], rules))
    const annotations = { 'sync.example.com/from': 'x' }
    assert.ok(findWriter(secretOf({ keyrota: ['KEY'] }, { annotations }), ['KEY'], rules))
    assert.equal(findWriter(secretOf({ keyrota: ['KEY'] }), ['KEY'], rules), undefined)
  })
})

describe('operators are known by their labels and annotations', () => {
  const marks: readonly [string, RegExp][] = [
    ['reconcile.external-secrets.io/data-hash', /External Secrets/],
    ['secrets.infisical.com/version', /Infisical/],
    ['secrets.doppler.com/version', /Doppler/],
    ['secrets.hashicorp.com/vso-ownerRefUID', /Vault Secrets Operator/],
    ['vault.security.banzaicloud.io/vault-addr', /Bank-Vaults/],
    ['operator.1password.io/item-path', /1Password/],
    ['k8s.bitwarden.com/sync-time', /Bitwarden/],
    ['akeyless/enabled', /Akeyless/],
    ['conjur.org/managed-by-provider', /Conjur/],
    ['sopssecret/managed', /SOPS/],
    ['cert-manager.io/certificate-name', /cert-manager/],
    ['reflector.v1.k8s.emberstack.com/reflects', /Reflector/],
    ['replicator.v1.mittwald.de/replicate-from', /Replicator/],
    ['kubed.appscode.com/origin', /kubed/],
    ['clustersecret.io/last-sync', /ClusterSecret/],
    ['generate.kyverno.io/policy-name', /Kyverno/],
    ['secretgen.carvel.dev/status', /Carvel/],
  ]
  for (const [mark, who] of marks) {
    test(mark, () => {
      for (const place of ['labels', 'annotations'])
        assert.match(findWriter(secretOf({}, { [place]: { [mark]: 'x' } }), ['KEY'])?.who ?? '', who)
    })
  }

  test('the source of a copy is none of these, and readers of the copies are spoken of', () => {
    const annotations = { 'replicator.v1.mittwald.de/replicate-to': 'a,b' }
    const secret = secretOf({ keyrota: ['KEY'] }, { annotations })
    assert.equal(findWriter(secret, ['KEY']), undefined)
    assert.match(findNotes(secret, ['KEY']).join(), /Replicator copies this Secret.*settle/)
  })

  test('the Conjur provider is known by the field that it reads', () => {
    const secret = { ...secretOf({}), data: { 'conjur-map': 'x' } }
    assert.match(findWriter(secret, ['KEY'])?.who ?? '', /Conjur/)
  })
})

test('what Argo CD last applied on the client side it restores, also while the field is ours', () => {
  const last = (field: string) => ({
    'argocd.argoproj.io/tracking-id': 'app:/Secret:x/y',
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { [field]: 'eA==' } }),
  })
  const secret = (field: string) => secretOf({ keyrota: ['KEY'] }, { annotations: last(field) })
  assert.match(findWriter(secret('KEY'), ['KEY'])?.who ?? '', /Argo CD/)
  assert.equal(findWriter(secret('OTHER'), ['KEY']), undefined)
})

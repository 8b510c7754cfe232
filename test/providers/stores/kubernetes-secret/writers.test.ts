import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { findNotes } from '../../../../providers/stores/kubernetes-secret/guard.ts'
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

  test('Helm and people with kubectl write when a person says so, and are none', () => {
    for (const manager of ['helm', 'Helm', 'kubectl-client-side-apply', 'my-argocd-controller'])
      assert.equal(findWriter(secretOf({ [manager]: ['KEY'] }), ['KEY']), undefined, manager)
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

import type { Revocation } from '../../../src/contracts/record.ts'
import type { Holding } from '../../../src/workflow/words/questions.ts'
import { config, confirmed, issuer, leaked, ledger, probes } from '../changes.ts'
import { type Answer, type Cases, type Change, given, NEW, NOW, OLD } from '../given.ts'

const shared =
  (holding: Partial<Holding>, fingerprint = OLD): Answer =>
  (answers) => {
    answers.holders = {
      ...answers.holders,
      [fingerprint]: [{ key: 'audio', as: 'uses', places: [], ...holding }],
    }
  }
const unasked: Answer = (answers) => {
  answers.holders = {}
}
const beside =
  (fingerprint: string): Answer =>
  (answers) => {
    const reading = answers.targets.a
    if (reading?.is === 'value') answers.targets = { a: { ...reading, beside: { COPY: fingerprint } } }
  }
const unknownId: Change = (rotation) => {
  delete rotation.old?.ref
}
const killBy: Change = (rotation) => {
  rotation.compromised = { leaked: 'old', killBy: Number.MAX_SAFE_INTEGER }
}
const isDead: Change = (rotation) => {
  if (rotation.old) rotation.old.dead = true
}
/** The old value is back, and settled. */
const restored: Change = (rotation, record) => {
  const back = { mark: 'm2', purpose: 'rollback', fingerprint: OLD, replaces: 'v2' } as const
  rotation.targets.a?.writes.push({ ...back, state: 'done', at: NOW - 50_000, landsBy: 0, version: 'v3' })
  ledger({ holds: 'old', version: 'v3', baseline: 'v3', readBackAt: NOW - 50_000 })(rotation, record)
}
const revocation =
  (state: Revocation['state']): Change =>
  (rotation) => {
    rotation.revocation = { state, landsBy: 0, tries: 1, nextTryAt: 0 }
  }
const canDisable: Change = (rotation) => {
  rotation.pin.issuer.canDisable = true
}

export const before: Cases = {
  'nobody was asked for yet': given('preflight').when(unasked).decides('ask'),
  'another managed key uses it': given('preflight')
    .when(shared({}))
    .decides('block (shared-key), needs split'),
  'a target of another key holds it': given('preflight')
    .when(shared({ as: 'holds', places: ['b'] }))
    .decides('block (shared-key), needs split'),
  'each is to get its own': given('preflight', confirmed('split'))
    .when(shared({}))
    .decides('perform issue, step create'),
  'it leaked: a new one is created at once': given('preflight', leaked)
    .when(shared({}))
    .decides('perform issue, step create'),
  'it was an earlier key of another': given('preflight')
    .when(shared({ as: 'had', past: 'handed-over' }))
    .decides('perform issue, step create'),
  'another key knows the id that ours does not': given('preflight', unknownId)
    .when(shared({ as: 'had', past: 'handed-over', ref: { id: 'known-id' } }))
    .decides('perform issue, step create'),
  'the creation ends it under the others': given(
    'preflight',
    issuer({ oldKeyOnIssue: 'dies' }),
    config({ allowOutage: true }),
    confirmed('split'),
  )
    .when(shared({}))
    .decides('block (shared-key)'),
  'a field that no key manages holds it': given('preflight')
    .when(beside(OLD))
    .decides('block (shared-key), needs unused:a#COPY'),
  'nothing reads that field': given('preflight', confirmed('unused:a#COPY'))
    .when(beside(OLD))
    .decides('perform issue, step create'),
  'a field that no key manages holds something else': given('preflight')
    .when(beside('other'))
    .decides('perform issue, step create'),
}

export const atEnd: Cases = {
  'nobody was asked for yet': given('revoke').when(unasked).decides('ask'),
  'another managed key uses it: it is left to that one': given('revoke')
    .when(shared({}))
    .decides('perform retire v1 of a'),
  'it was handed over and the version is retired: done': given(
    'revoke',
    revocation('handed-over'),
    ledger({ retired: 'gone' }),
  )
    .when()
    .decides('end (completed)'),
  'all others are about to end it, and ours is the last by name': given('revoke')
    .when(shared({ as: 'leaves' }))
    .decides('wait 1 s (shared-key)'),
  'another one by a later name is about to end it': given('revoke')
    .when(shared({ key: 'web', as: 'leaves' }))
    .decides('perform retire v1 of a'),
  'the other one waits for ours': given('revoke')
    .when(shared({ as: 'leaves', waits: true }))
    .decides('perform retire v1 of a'),
  'a deadline will end it: the others have until then': given('revoke', killBy)
    .when(shared({}))
    .decides('wait 1 s (shared-key)'),
  'a field that no key manages holds it': given('revoke')
    .when(beside(OLD))
    .decides('block (shared-key), needs unused:a#COPY'),
  'it is dead already: nothing is revoked under anybody': given('revoke', isDead, revocation('seen-refused'))
    .when(shared({}), probes('rejected', 'accepted'))
    .decides('perform retire v1 of a'),
  'it is disabled when another one turns up: enabled again': given(
    'revoke',
    canDisable,
    revocation('disabled'),
  )
    .when(shared({}))
    .decides('perform enable old-id'),
}

export const discarding: Cases = {
  'nobody was asked for yet': given('rollback', restored).when(unasked).decides('ask'),
  'another managed key uses the new key: it is not revoked': given('rollback', restored)
    .when(shared({}, NEW))
    .decides('block (shared-key)'),
}

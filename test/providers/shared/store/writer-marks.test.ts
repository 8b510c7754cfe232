import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { makePlace } from '../../../../providers/shared/store/place.ts'
import { describeMarks, refuseMarked } from '../../../../providers/shared/store/writer-marks.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'

const address = { secret: 'app', fields: { value: null } }
const place = makePlace({ provider: 'p', address, secret: 'app', call: newCall(), name: 'secret app' })
const none = { allow: [], deny: [] }

describe('a mark of somebody who writes a secret refuses it, with the place to rotate instead', () => {
  const rows: readonly [Record<string, string>, RegExp, string][] = [
    [{ 'managed-by': 'external-secrets' }, /PushSecret/, 'managed-by'],
    [{ 'hashicorp:vault': '' }, /Vault path/, 'hashicorp:vault'],
    [{ ManagedBy: 'Doppler' }, /Doppler/, 'ManagedBy'],
    [{ 'infisical-project': 'x' }, /Infisical/, 'infisical-project'],
    [{ ValidityPeriodDays: '60' }, /function/, 'ValidityPeriodDays'],
  ]
  for (const [marks, target, name] of rows)
    test(JSON.stringify(marks), () => {
      assert.throws(() => refuseMarked(place, marks, none), { code: 'invalid', nextStep: target })
      assert.throws(() => refuseMarked(place, marks, none), {
        nextStep: new RegExp(`allow: \\['${name}'\\]`),
      })
      refuseMarked(place, marks, { allow: [name], deny: [] })
    })

  test('the config adds to the list', () => {
    refuseMarked(place, { sync: 'x' }, none)
    assert.throws(() => refuseMarked(place, { sync: 'x' }, { allow: [], deny: ['sync'] }), {
      code: 'invalid',
    })
  })
})

test('what makes a secret and may set its value is noted', () => {
  const marks = { 'managed-by': 'terraform', team: 'video' }
  refuseMarked(place, marks, none)
  assert.match(describeMarks(marks).join(), /terraform manages this secret.*without a value/)
  assert.match(describeMarks({ 'aws:cloudformation:stack-name': 'app' }).join(), /CloudFormation/)
  assert.deepEqual(describeMarks({ team: 'video' }), [])
})

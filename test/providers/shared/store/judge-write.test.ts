import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import {
  compareFields,
  judgeWrite,
  requireFresh,
  type Seen,
} from '../../../../providers/shared/store/judge-write.ts'
import { makePlace } from '../../../../providers/shared/store/place.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'

type Verdict = ReturnType<typeof judgeWrite>

/** For each maker and content of version `v1`: what becomes of a write over nothing, over `v1`, and over another version. */
const table: readonly (readonly [Seen['madeBy'], Seen['fields'], Verdict, Verdict, Verdict])[] = [
  // made by   fields   absent      v1          v0
  ['other', 'none', 'write', 'conflict', 'conflict'],
  ['other', 'some', 'conflict', 'conflict', 'conflict'],
  ['other', 'other', 'conflict', 'write', 'conflict'],
  ['other', 'same', 'conflict', 'write', 'conflict'],
  ['this', 'none', 'conflict', 'conflict', 'conflict'],
  ['this', 'some', 'conflict', 'conflict', 'conflict'],
  ['this', 'other', 'conflict', 'conflict', 'conflict'],
  ['this', 'same', 'repeat', 'repeat', 'repeat'],
  ['perhaps', 'none', 'write', 'conflict', 'conflict'],
  ['perhaps', 'some', 'conflict', 'conflict', 'conflict'],
  ['perhaps', 'other', 'conflict', 'write', 'conflict'],
  ['perhaps', 'same', 'repeat', 'write', 'repeat'],
  ['outdated', 'none', 'conflict', 'conflict', 'conflict'],
  ['outdated', 'some', 'conflict', 'conflict', 'conflict'],
  ['outdated', 'other', 'conflict', 'conflict', 'conflict'],
  ['outdated', 'same', 'conflict', 'conflict', 'conflict'],
]

describe('a write is judged by what is there', () => {
  for (const [madeBy, fields, ...verdicts] of table) {
    for (const [index, replaces] of ['absent', 'v1', 'v0'].entries()) {
      test(`${fields} fields made by ${madeBy}, replacing ${replaces}: ${verdicts[index]}`, () => {
        assert.equal(judgeWrite({ version: 'v1', fields, madeBy }, { mark: 'm1', replaces }), verdicts[index])
      })
    }
  }

  test('a secret without a version can only be written as absent', () => {
    const seen = { version: undefined, fields: 'none', madeBy: 'other' } as const
    assert.equal(judgeWrite(seen, { mark: 'm1', replaces: 'absent' }), 'write')
    assert.equal(judgeWrite(seen, { mark: 'm1', replaces: 'v1' }), 'conflict')
  })
})

test('fields are the same, other, some or none', () => {
  const wanted = material({ id: 'a', secret: 'b' })
  assert.equal(compareFields({ material: material({ id: 'a', secret: 'b' }), absent: [] }, wanted), 'same')
  assert.equal(compareFields({ material: material({ id: 'a', secret: 'c' }), absent: [] }, wanted), 'other')
  assert.equal(compareFields({ material: material({ id: 'a' }), absent: ['B'] }, wanted), 'some')
  assert.equal(compareFields({ material: {}, absent: ['A', 'B'] }, wanted), 'none')
})

test('a conflict says what was expected and what was found', () => {
  const address = { secret: 'app', fields: { value: 'KEY' } }
  const place = makePlace({ provider: 'aws', address, secret: 'app', call: newCall(), name: 'secret app' })
  const messageFor = (seen: Partial<Seen>, replaces: string) => {
    try {
      return requireFresh(
        place,
        { version: 'v1', fields: 'other', madeBy: 'other', ...seen },
        { mark: 'm1', replaces },
      )
    } catch (error) {
      assert.ok(error instanceof ProviderError)
      assert.deepEqual([error.code, error.effect], ['conflict', 'none'])
      return error.message
    }
  }
  assert.equal(messageFor({}, 'v1'), 'write')
  assert.equal(messageFor({}, 'v0'), 'aws: secret app was changed: expected version v0, found version v1')
  assert.equal(messageFor({}, 'absent'), 'aws: secret app was changed: expected no value, found version v1')
  assert.equal(
    messageFor({ fields: 'none' }, 'v1'),
    'aws: secret app was changed: expected version v1, found no value',
  )
  assert.equal(
    messageFor({ fields: 'some' }, 'v1'),
    'aws: secret app was changed: expected version v1, found only some of the fields in version v1',
  )
  assert.equal(
    messageFor({ madeBy: 'this' }, 'v1'),
    'aws: secret app has another value that was written with the same mark',
  )
})

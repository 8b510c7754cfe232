import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import {
  JsonFieldError,
  readJsonFields,
  replaceJsonFields,
} from '../../../../providers/shared/store/json-fields.ts'

test('a replaced value leaves every other byte as it was', () => {
  const text = '\n{ "a" : 1.10 ,\t"K":"old", "n":12345678901234567890,"d":{"K":"}\\"{"},"e":[1e400,"]"] }\n'
  assert.equal(replaceJsonFields(text, { K: 'ne"w\n' }), text.replace('"old"', '"ne\\"w\\n"'))
})

test('a new field comes last, in the layout of the one before it', () => {
  assert.equal(replaceJsonFields('{}', { K: 'v' }), '{"K":"v"}')
  assert.equal(replaceJsonFields('{"a":1}', { K: 'v' }), '{"a":1,"K":"v"}')
  assert.equal(
    replaceJsonFields('{\n  "a": 1,\n  "b": [2]\n}\n', { K: 'v' }),
    '{\n  "a": 1,\n  "b": [2],\n  "K": "v"\n}\n',
  )
  assert.equal(replaceJsonFields('{"a":1 , "b":2}', { K: 'v' }), '{"a":1 , "b":2,"K":"v"}')
})

test('an escaped name is found, an absent one is undefined', () => {
  assert.deepEqual(readJsonFields('{"\\u004b":"v"}', ['K', 'L']), { K: 'v', L: undefined })
  assert.equal(replaceJsonFields('{"\\u004b":"v"}', { K: 'w' }), '{"\\u004b":"w"}')
})

test('what cannot hold the field is refused without a word of it', () => {
  const secret = 'dont-say-this'
  const texts = [
    secret,
    `"${secret}"`,
    `["${secret}"]`,
    `{"K":"${secret}"`,
    `{"K":["${secret}"]}`,
    'null',
    '{"K":7}',
  ]
  for (const text of [...texts, `{"K":"${secret}","K":"b"}`]) {
    for (const attempt of [() => readJsonFields(text, ['K']), () => replaceJsonFields(text, { K: 'v' })]) {
      assert.throws(
        attempt,
        (error) => error instanceof JsonFieldError && !error.message.includes(secret),
        text,
      )
    }
  }
})

test('a sibling that is nested too deeply to be parsed is refused, not followed to the end of the stack', () => {
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"K":"v"}`
  assert.throws(() => readJsonFields(deep, ['K']), JsonFieldError)
})

test('for any object and any layout: the field reads back and the rest means the same', () => {
  const layouts = fc.constantFrom<string | number | undefined>(undefined, 1, 4, '\t')
  // A fresh object: `__proto__` as a member's name would not survive an object literal of the test itself.
  const objects = fc.dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(objects, layouts, fc.string(), (object, layout, value) => {
      const { K: _, ...siblings } = object
      for (const start of [siblings, { ...siblings, K: 'old' }]) {
        const text = replaceJsonFields(JSON.stringify(start, null, layout), { K: value })
        assert.deepEqual(readJsonFields(text, ['K']), { K: value })
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ ...siblings, K: value })))
      }
    }),
  )
})

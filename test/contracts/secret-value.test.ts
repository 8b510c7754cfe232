import { expect, test } from 'vitest'
import { holdsSecret, redactSecrets, SecretValue } from '../../src/contracts/secret-value.ts'

const VALUE = 'sk_live_51HqNotARealKey/+x'
const secrets = [new SecretValue(VALUE)]
const base64 = (text: string, encoding: BufferEncoding = 'base64') => Buffer.from(text).toString(encoding)

test.each([
  ['itself', VALUE],
  ['in a path', `/keys/${VALUE}`],
  ['in upper case', `/keys/${VALUE.toUpperCase()}`],
  ['in lower case', VALUE.toLowerCase()],
  ['in base64', base64(VALUE)],
  ['in base64 behind one character', base64(`x${VALUE}`)],
  ['in base64 as a credential', base64(`x:${VALUE}`)],
  ['in base64 between other text', base64(`user:${VALUE}:more`)],
  ['in base64url behind other text', base64(`user:${VALUE}`, 'base64url')],
  ['in hex', base64(VALUE, 'hex').toUpperCase()],
  ['encoded for a URL', encodeURIComponent(VALUE)],
])('a secret is found %s, and left out of a text', (_, text) => {
  expect(holdsSecret(text, secrets)).toBe(true)
  expect(holdsSecret(redactSecrets(`DELETE ${text}`, secrets), secrets)).toBe(false)
})

test.each([
  ['another key', 'sk_live_51HqAnotherKeyOfThem'],
  ['its prefix', 'sk_live_51Hq'],
  ['base64 of another text', base64('x:sk_live_51HqAnotherKeyOfThem')],
])('%s is no secret', (_, text) => {
  expect(holdsSecret(text, secrets)).toBe(false)
})

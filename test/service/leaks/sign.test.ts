/* Signed proofs: what was signed is what is read, and nothing else passes. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { openProof, signProof } from '../../../src/service/leaks/sign.ts'

const keys = generateKeyPairSync('ed25519')
const text = '{"proof": "proved",  "at": 1}'

test('the text comes back byte by byte', () => {
  expect(openProof(JSON.parse(JSON.stringify(signProof(text, keys))), keys.publicKey)).toBe(text)
})

test('the signature is that of a DSSE envelope', () => {
  // From the protocol of DSSE: its own example text and type, through a key of fixed bytes.
  const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
  const pem = `-----BEGIN PRIVATE KEY-----\n${seed.toString('base64')}\n-----END PRIVATE KEY-----\n`
  const publicKey = createPublicKey(pem)
  const envelope = signProof('hello world', { privateKey: keys.privateKey, publicKey })
  expect(envelope).toMatchObject({
    payloadType: 'application/vnd.keyrota.proof+json',
    payload: 'aGVsbG8gd29ybGQ=',
  })
  expect(envelope.signatures[0]?.keyid).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
})

test.each([
  [
    'another payload',
    (one: ReturnType<typeof signProof>) => ({ ...one, payload: Buffer.from('{}').toString('base64') }),
  ],
  ['another type', (one: ReturnType<typeof signProof>) => ({ ...one, payloadType: 'application/json' })],
  ['no signature', (one: ReturnType<typeof signProof>) => ({ ...one, signatures: [] })],
  [
    'a signature of nothing',
    (one: ReturnType<typeof signProof>) => ({ ...one, signatures: [{ keyid: '', sig: '' }] }),
  ],
  ['no envelope', () => ({ proof: 'proved', signature: null })],
  ['nothing', () => null],
])('%s is refused', (_, change) => {
  expect(() => openProof(change(signProof(text, keys)), keys.publicKey)).toThrow(/^the document is/)
})

test('the key of somebody else is refused', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  expect(() => openProof(signProof(text, keys), publicKey)).toThrow('is not signed by SHA256:')
})

import { describe, test } from 'vitest'
import { type IssuerRule, keyIssuerLaw, rollIssuerLaw, slotsIssuerLaw } from '../../laws/key-issuer.ts'
import { makeMemoryFixture } from './memory-fixture.ts'

const kinds: readonly [string, object, readonly IssuerRule[]][] = [
  ['many', { tellsLastUsed: true, parts: ['id', 'secret'] }, keyIssuerLaw],
  ['many, revoked by value', { revokesByValue: true, onLostAnswer: 'repeat' }, keyIssuerLaw],
  ['self', { lifecycle: 'self' }, keyIssuerLaw],
  ['slots', { lifecycle: 'slots' }, slotsIssuerLaw],
  ['slots, revoked by value', { lifecycle: 'slots', revokesByValue: true }, slotsIssuerLaw],
  ['roll, the old key dies at once', { lifecycle: 'roll', oldKeyOnIssue: 'dies' }, rollIssuerLaw],
  ['roll, the old key dies later', { lifecycle: 'roll', oldKeyOnIssue: { diesAfter: '1h' } }, rollIssuerLaw],
  ['roll, the old key lives until it is ended', { lifecycle: 'roll' }, rollIssuerLaw],
  ['roll, in a list', { lifecycle: 'roll', lists: true }, rollIssuerLaw],
  [
    'roll, nothing but a roll',
    { lifecycle: 'roll', oldKeyOnIssue: 'dies', canReadBack: false, canIdentify: false },
    rollIssuerLaw,
  ],
  ['roll, repeated', { lifecycle: 'roll', canReadBack: false, onLostAnswer: 'repeat' }, rollIssuerLaw],
]

describe.each(kinds)('the law of issuers: %s', (_, given, law) => {
  for (const rule of law) test(rule.name, async () => rule.run(await makeMemoryFixture(given)))
})

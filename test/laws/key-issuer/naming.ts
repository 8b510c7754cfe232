import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { MIN_KEY_LENGTH } from '../../../src/contracts/fingerprint.ts'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import { secretParts } from '../../../src/contracts/secret-in-ref.ts'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import { assertNothingLeaks, isListed, issued, type MadeKey, newCall, valuesOf } from './helpers.ts'

/** Rules about what a key is made of and what it is called, for every lifecycle. */
export const namingRules: readonly IssuerRule[] = [
  {
    name: 'a new key has every part of the traits, long enough, and prints as [secret]',
    run: issueYieldsParts,
  },
  { name: 'two keys differ in id and in every secret part', run: issueTwice },
  { name: 'no id, name or fingerprint contains a secret of the key or of the adapter', run: hideInRefs },
]

async function issueYieldsParts(fixture: IssuerFixture): Promise<void> {
  const { material } = await issued(fixture)
  assert.deepEqual(Object.keys(material).sort(), [...fixture.issuer.traits.parts].sort())
  assert.ok(valuesOf(material).some((value) => value.length >= MIN_KEY_LENGTH))
  for (const value of valuesOf(material)) assert.ok(!inspect(material, { depth: 9 }).includes(value))
}

async function issueTwice(fixture: IssuerFixture): Promise<void> {
  const one = await issued(fixture)
  const other = await issued(fixture)
  assert.notEqual(one.ref.id, other.ref.id)
  const { publicParts } = fixture.issuer.traits
  const others = secretParts(other.material, publicParts).map((value) => value.expose())
  for (const value of secretParts(one.material, publicParts)) assert.ok(!others.includes(value.expose()))
}

async function hideInRefs(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const key = await issued(fixture)
  const values = secretParts(key.material, issuer.traits.publicParts).map((value) => value.expose())
  for (const ref of await collectRefs(fixture, key))
    assertNothingLeaks(ref, [...values, ...fixture.credentials])
}

/** Everything by which the adapter names keys, the others of the account included. */
async function collectRefs({ issuer }: IssuerFixture, key: MadeKey): Promise<KeyRef[]> {
  const call = newCall()
  const listed = isListed(issuer)
    ? [...(await issuer.list(call)), ...(await issuer.find(key.request, call))]
    : []
  const identified = await issuer.identify?.(key.material, call)
  const current = await issuer.readBack?.(call)
  return [key.ref, ...listed, identified, current?.ref].filter((ref) => ref !== undefined)
}

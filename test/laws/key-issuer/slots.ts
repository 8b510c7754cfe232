import assert from 'node:assert/strict'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import {
  completeRequest,
  expectAccepted,
  expectGone,
  expectRejected,
  issued,
  newCall,
  newRequest,
  refused,
  under,
} from './helpers.ts'

/** Rules about two fixed places: which one is regenerated, and when. The key in use is watched by every rule. */
export const slotsRules: readonly IssuerRule[] = [
  { name: 'a new key goes to the place that is not in use', run: issueWorks },
  { name: 'one more key for the same place ends the first, and no other', run: issueAgain },
  { name: 'without the key in use, no place is regenerated', run: issueBlindly },
  { name: 'revoke ends that key', run: revokeOne },
  { name: 'a revoke never ends the key that took its place', run: revokeReplaced },
  { name: 'the key that was in use can be revoked once another is', run: revokeOld },
  {
    name: 'a lost response has effect unknown, and the key can be found and revoked',
    run: (fixture) => loseAnswer(fixture, 'lost-answer'),
  },
  {
    name: 'half a response has effect unknown, and the key can be found and revoked',
    run: (fixture) => loseAnswer(fixture, 'truncated'),
  },
]

async function issueWorks(fixture: IssuerFixture): Promise<void> {
  const { ref, material, request } = await issued(fixture)
  await expectAccepted(fixture.issuer, material)
  assert.notEqual(ref.id, request.current?.ref?.id)
  const listed = (await fixture.issuer.list(newCall())).map((one) => one.id)
  assert.deepEqual(listed.sort(), [...(await fixture.liveIds())].sort())
  assert.ok(listed.includes(ref.id) && listed.includes(request.current?.ref?.id ?? ''))
}

async function issueAgain(fixture: IssuerFixture): Promise<void> {
  const first = await issued(fixture)
  const second = await issued(fixture)
  await expectRejected(fixture.issuer, first.material)
  await expectAccepted(fixture.issuer, second.material)
  assert.ok(!(await fixture.liveIds()).includes(first.ref.id), 'an id stands for one key only')
}

/** The adapter would have to guess which of the places a consumer uses. */
async function issueBlindly(fixture: IssuerFixture): Promise<void> {
  const before = await fixture.liveIds()
  const unknown = { ref: { id: 'a-place-that-nobody-has@0000000000000000' } }
  for (const current of [{}, { current: {} }, { current: unknown }]) {
    const error = await refused(
      fixture.issuer.issue({ ...newRequest(), ...current }, newCall()),
      'invalid',
      'not_found',
    )
    assert.equal(error.effect, 'none')
  }
  assert.deepEqual(await fixture.liveIds(), before)
}

async function revokeOne(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  await fixture.issuer.revoke({ ref: key.ref }, newCall())
  await fixture.settle()
  await expectRejected(fixture.issuer, key.material)
  assert.ok(!(await fixture.liveIds()).includes(key.ref.id), 'the service still has it')
  assert.ok(!(await fixture.issuer.list(newCall())).some(({ id }) => id === key.ref.id))
}

async function revokeReplaced(fixture: IssuerFixture): Promise<void> {
  const first = await issued(fixture)
  const second = await issued(fixture)
  for (const held of [{ ref: first.ref }, first]) {
    await expectGone(fixture.issuer.revoke(held, newCall()))
    await expectAccepted(fixture.issuer, second.material)
  }
}

async function revokeOld(fixture: IssuerFixture): Promise<void> {
  const { issuer, inUse: old } = fixture
  assert.ok(old, 'a fixture for slots has a key in use')
  const key = await issued(fixture)
  fixture.inUse = key
  await issuer.revoke(old, newCall())
  await fixture.settle()
  await expectRejected(issuer, old.material)
  await expectAccepted(issuer, key.material)
  const next = await issued(fixture)
  await expectAccepted(issuer, next.material)
  await expectAccepted(issuer, key.material)
}

async function loseAnswer(fixture: IssuerFixture, kind: 'lost-answer' | 'truncated'): Promise<void> {
  const { issuer } = fixture
  const request = await completeRequest(fixture)
  const error = await under(fixture, kind, (faulty) =>
    refused(faulty.issue(request, newCall()), 'unavailable', 'invalid'),
  )
  assert.equal(error.effect, 'unknown')
  const made = (await fixture.liveIds()).filter((id) => !request.seen.includes(id))
  assert.equal(made.length, 1, 'the fixture had the effect happen')
  if (issuer.traits.onLostAnswer !== 'stop') {
    const found = (await issuer.find(request, newCall())).map((ref) => ref.id)
    assert.deepEqual(found, made)
  }
  await issuer.revoke({ ref: { id: made[0] ?? '' } }, newCall())
  assert.ok(!(await fixture.liveIds()).includes(made[0] ?? ''))
}

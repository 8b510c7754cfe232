import assert from 'node:assert/strict'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import { expectAccepted, expectGone, expectRejected, issued, newCall, refused, under } from './helpers.ts'

/** Rules about disabling and revoking keys. */
export const endingRules: readonly IssuerRule[] = [
  { name: 'revoke revokes that key and no other', run: revokeOne },
  { name: 'revoking a key twice is a success or not_found, and revokes no other key', run: revokeTwice },
  { name: 'a revoke that identifies no key sends nothing', run: revokeNothing },
  { name: 'a lost response to a revoke has effect unknown', run: loseRevoke },
  { name: 'if keys are revoked by value, the value is enough', run: revokeByValue },
  {
    name: 'disable and enable come together, and a disabled key can be enabled again',
    run: disableAndEnable,
  },
  { name: 'a disabled key can be revoked', run: revokeDisabled },
  { name: 'the last use of a live key is a time, never, or not reported', run: reportLastUse },
]

async function revokeOne(fixture: IssuerFixture): Promise<void> {
  const kept = await issued(fixture)
  const ended = await issued(fixture)
  await fixture.issuer.revoke(ended, newCall())
  await fixture.settle()
  const live = await fixture.liveIds()
  assert.ok(!live.includes(ended.ref.id), 'the service still has it')
  assert.ok(live.includes(kept.ref.id), 'another key is gone')
  await expectRejected(fixture.issuer, ended.material)
  await expectAccepted(fixture.issuer, kept.material)
  const listed = (await fixture.issuer.list(newCall())).map((ref) => ref.id)
  assert.ok(!listed.includes(ended.ref.id) && listed.includes(kept.ref.id))
  assert.deepEqual(await fixture.issuer.find({ ...ended.request, seen: listed }, newCall()), [])
}

async function revokeTwice(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  const other = await issued(fixture)
  await fixture.issuer.revoke(key, newCall())
  await fixture.settle()
  const before = [...(await fixture.liveIds())].sort()
  await expectGone(fixture.issuer.revoke(key, newCall()))
  assert.deepEqual([...(await fixture.liveIds())].sort(), before)
  await expectAccepted(fixture.issuer, other.material)
}

async function revokeNothing(fixture: IssuerFixture): Promise<void> {
  await issued(fixture)
  const before = await fixture.liveIds()
  const error = await refused(fixture.issuer.revoke({}, newCall()), 'invalid', 'not_found')
  assert.equal(error.effect, 'none')
  assert.deepEqual(await fixture.liveIds(), before)
}

async function loseRevoke(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  const error = await under(fixture, 'lost-answer', (faulty) =>
    refused(faulty.revoke(key, newCall()), 'unavailable'),
  )
  assert.equal(error.effect, 'unknown')
  assert.ok(!(await fixture.liveIds()).includes(key.ref.id), 'the fixture had the effect happen')
}

async function revokeByValue(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  if (fixture.issuer.traits.revokesByValue) {
    await fixture.issuer.revoke({ material: key.material }, newCall())
    assert.ok(!(await fixture.liveIds()).includes(key.ref.id))
    return
  }
  const error = await refused(fixture.issuer.revoke({ material: key.material }, newCall()), 'invalid')
  assert.equal(error.effect, 'none')
  assert.ok((await fixture.liveIds()).includes(key.ref.id))
}

async function disableAndEnable(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  assert.equal(issuer.disable === undefined, issuer.enable === undefined)
  if (issuer.disable === undefined || issuer.enable === undefined) return
  const key = await issued(fixture)
  await issuer.disable(key, newCall())
  await fixture.settle()
  await expectRejected(issuer, key.material)
  const listed = (await issuer.list(newCall())).find((ref) => ref.id === key.ref.id)
  assert.notEqual(listed, undefined, 'a disabled key is still listed')
  assert.notEqual(listed?.disabled, false)
  await issuer.enable(key, newCall())
  await fixture.settle()
  await expectAccepted(issuer, key.material)
}

async function revokeDisabled(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  await fixture.issuer.disable?.(key, newCall())
  await fixture.issuer.revoke(key, newCall())
  assert.ok(!(await fixture.liveIds()).includes(key.ref.id))
}

async function reportLastUse(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  if (issuer.lastUsed === undefined) return
  const key = await issued(fixture)
  const reported = await issuer.lastUsed(key.ref, newCall())
  assert.ok(reported === 'never' || reported === 'not-reported' || Number.isInteger(reported))
  await issuer.revoke(key, newCall())
  await fixture.settle()
  await refused(issuer.lastUsed(key.ref, newCall()), 'not_found')
}

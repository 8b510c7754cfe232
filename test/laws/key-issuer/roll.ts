import assert from 'node:assert/strict'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import {
  completeRequest,
  countRequests,
  expectAccepted,
  expectGone,
  expectRejected,
  isListed,
  issued,
  type MadeKey,
  newCall,
  probe,
  refused,
  under,
  valuesOf,
} from './helpers.ts'

/** Rules about a key that is replaced in place: what becomes of the one before, and what may end it. */
export const rollRules: readonly IssuerRule[] = [
  { name: 'a roll puts a new key in place, with an id of its own', run: rollWorks },
  { name: 'the key that a roll replaced lives exactly as long as the traits say', run: keepOldAsSaid },
  { name: 'a revoke is invalid, sends nothing and ends no key', run: revokeNothing },
  { name: 'without a list, list and find are invalid and send nothing', run: listNothing },
  { name: 'ending the overlap ends the replaced key and never the current one', run: endOverlapOnly },
  { name: 'ending an overlap that is over ends no key', run: endOverlapTwice },
  { name: 'a lost response to the end of an overlap has effect unknown', run: loseEndOfOverlap },
  { name: 'the current key can be read back, with its value and the same id', run: readBack },
  {
    name: 'a lost response to a roll has effect unknown, and the key can be recovered as the traits say',
    run: (fixture) => loseAnswer(fixture, 'lost-answer'),
  },
  {
    name: 'half a response to a roll has effect unknown, and the key can be recovered as the traits say',
    run: (fixture) => loseAnswer(fixture, 'truncated'),
  },
  { name: 'a roll that never arrived leaves the current key, and reads back as such', run: rollNothing },
]

async function rollWorks(fixture: IssuerFixture): Promise<void> {
  const old = await issued(fixture)
  const key = await issued(fixture)
  assert.notEqual(key.ref.id, old.ref.id, 'what ends the one would end the other')
  assert.ok((await fixture.liveIds()).includes(key.ref.id), 'the service does not have it')
  await expectAccepted(fixture.issuer, key.material)
}

async function keepOldAsSaid(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const old = await issued(fixture)
  const key = await issued(fixture)
  const { oldKeyOnIssue } = issuer.traits
  if (oldKeyOnIssue === 'dies') {
    await expectRejected(issuer, old.material)
    assert.equal(issuer.endOverlap, undefined, 'there is no overlap that could be ended')
    return
  }
  await expectAccepted(issuer, old.material)
  if (fixture.passOverlap === undefined) return
  await fixture.passOverlap()
  if (oldKeyOnIssue === 'lives') await expectAccepted(issuer, old.material)
  else await expectRejected(issuer, old.material)
  await expectAccepted(issuer, key.material)
}

/** In a rollback the new key would be revoked, and the service can only end the old one. */
async function revokeNothing(fixture: IssuerFixture): Promise<void> {
  const old = await issued(fixture)
  const key = await issued(fixture)
  const before = { requests: await countRequests(fixture), live: await fixture.liveIds() }
  const ways = [key, old, { material: key.material }, { ref: old.ref }, {}]
  for (const held of ways) {
    const error = await refused(fixture.issuer.revoke(held, newCall()), 'invalid')
    assert.equal(error.effect, 'none')
  }
  assert.equal(await countRequests(fixture), before.requests)
  assert.deepEqual(await fixture.liveIds(), before.live)
  await expectAccepted(fixture.issuer, key.material)
}

async function listNothing(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const key = await issued(fixture)
  if (isListed(issuer)) {
    const listed = (await issuer.list(newCall())).map((ref) => ref.id)
    assert.ok(listed.includes(key.ref.id), 'the list shows the current key')
    return
  }
  const before = await countRequests(fixture)
  for (const looking of [issuer.list(newCall()), issuer.find(key.request, newCall())])
    assert.equal((await refused(looking, 'invalid')).effect, 'none')
  assert.equal(await countRequests(fixture), before)
}

async function endOverlapOnly(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const old = await issued(fixture)
  const key = await issued(fixture)
  if (issuer.endOverlap === undefined) return
  await issuer.endOverlap(newCall())
  await fixture.settle()
  await expectRejected(issuer, old.material)
  await expectAccepted(issuer, key.material)
  assert.deepEqual(await fixture.liveIds(), [key.ref.id])
}

async function endOverlapTwice(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const key = await issued(fixture)
  if (issuer.endOverlap === undefined) return
  for (let time = 1; time <= 3; time++) await expectGone(issuer.endOverlap(newCall()))
  await fixture.settle()
  await expectAccepted(issuer, key.material)
  assert.deepEqual(await fixture.liveIds(), [key.ref.id])
}

async function loseEndOfOverlap(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const old = await issued(fixture)
  const key = await issued(fixture)
  if (issuer.endOverlap === undefined) return
  const error = await under(fixture, 'lost-answer', (faulty) =>
    refused(faulty.endOverlap?.(newCall()) ?? Promise.resolve(), 'unavailable'),
  )
  assert.equal(error.effect, 'unknown')
  await expectRejected(issuer, old.material)
  await expectGone(issuer.endOverlap(newCall()))
  await expectAccepted(issuer, key.material)
}

async function readBack(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  await issued(fixture)
  const key = await issued(fixture)
  if (issuer.readBack === undefined) {
    const { onLostAnswer } = issuer.traits
    assert.ok(onLostAnswer === 'stop' || onLostAnswer === 'repeat', `${onLostAnswer} needs readBack`)
    return
  }
  const before = await fixture.liveIds()
  expectSame(await issuer.readBack(newCall()), key)
  assert.deepEqual(await fixture.liveIds(), before)
}

async function loseAnswer(fixture: IssuerFixture, kind: 'lost-answer' | 'truncated'): Promise<void> {
  const { issuer } = fixture
  const old = await issued(fixture)
  const request = await completeRequest(fixture)
  const error = await under(fixture, kind, (faulty) =>
    refused(faulty.issue(request, newCall()), 'unavailable', 'invalid'),
  )
  assert.equal(error.effect, 'unknown')
  const [made, second] = (await fixture.liveIds()).filter((id) => id !== old.ref.id)
  assert.ok(made !== undefined && second === undefined, 'the fixture had the effect happen once')
  const found = await recover(issuer, request)
  if (found === undefined) return
  assert.equal(found.ref.id, made)
  await expectAccepted(issuer, found.material)
  assert.ok((await fixture.liveIds()).includes(made), 'recovering it replaced it')
  if (issuer.traits.oldKeyOnIssue !== 'dies') await expectAccepted(issuer, old.material)
}

/** Rolling once more would end the key that consumers use, so only an answer that is repeated, or read, will do. */
async function recover(
  issuer: ApiIssuer,
  request: MadeKey['request'],
): Promise<Pick<MadeKey, 'ref' | 'material'> | undefined> {
  if (issuer.readBack !== undefined) return issuer.readBack(newCall())
  return issuer.traits.onLostAnswer === 'repeat' ? issuer.issue(request, newCall()) : undefined
}

async function rollNothing(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  const key = await issued(fixture)
  const request = await completeRequest(fixture)
  await under(fixture, 'unavailable', (faulty) => refused(faulty.issue(request, newCall()), 'unavailable'))
  if (issuer.readBack !== undefined) expectSame(await issuer.readBack(newCall()), key)
  assert.equal((await probe(issuer, key.material)).verdict, 'accepted')
}

function expectSame(found: { ref: { id: string }; material: Material }, key: MadeKey): void {
  assert.equal(found.ref.id, key.ref.id)
  assert.ok(valuesOf(found.material).join('\n') === valuesOf(key.material).join('\n'), 'it is another key')
}

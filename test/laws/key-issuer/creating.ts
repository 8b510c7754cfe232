import assert from 'node:assert/strict'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import { issued, newCall, newRequest, probe, refused, under } from './helpers.ts'

/** Rules about creating keys, and about finding a key whose creation response was lost. */
export const creatingRules: readonly IssuerRule[] = [
  { name: 'a new key works, is listed by its id and found by its mark', run: issueWorks },
  { name: 'an unused mark finds nothing', run: findNothing },
  { name: 'a mark does not find the key of a longer mark', run: findExactly },
  { name: 'the longest name keeps its mark', run: keepMark },
  { name: 'a requested expiry is not silently ignored', run: keepExpiry },
  {
    name: 'a lost response has effect unknown, and the key can be recovered as the traits say',
    run: (f) => loseAnswer(f, 'lost-answer'),
  },
  {
    name: 'half a response has effect unknown, and the key can be recovered as the traits say',
    run: (f) => loseAnswer(f, 'truncated'),
  },
]

async function issueWorks(fixture: IssuerFixture): Promise<void> {
  const { ref, material, request } = await issued(fixture)
  assert.ok((await fixture.liveIds()).includes(ref.id), 'the service does not have it')
  const answer = await probe(fixture.issuer, material)
  assert.equal(answer.verdict, 'accepted')
  const listed = await fixture.issuer.list(newCall())
  assert.equal(listed.filter((one) => one.id === ref.id).length, 1, 'listed exactly once')
  const found = await fixture.issuer.find(request, newCall())
  if (fixture.issuer.traits.onLostAnswer !== 'stop')
    assert.deepEqual(
      found.map((one) => one.id),
      [ref.id],
    )
}

async function findNothing(fixture: IssuerFixture): Promise<void> {
  await issued(fixture)
  const seen = (await fixture.issuer.list(newCall())).map((ref) => ref.id)
  assert.deepEqual(await fixture.issuer.find({ ...newRequest(), seen }, newCall()), [])
}

async function findExactly(fixture: IssuerFixture): Promise<void> {
  const request = newRequest(11)
  await issued(fixture, request)
  const seen = (await fixture.issuer.list(newCall())).map((ref) => ref.id)
  const shorter = request.mark.slice(0, -1)
  const asked = { name: request.name.slice(0, -1), mark: shorter, seen }
  assert.deepEqual(await fixture.issuer.find(asked, newCall()), [])
}

async function keepMark(fixture: IssuerFixture): Promise<void> {
  const { mark } = newRequest(1234)
  const name = `keyrota-${'long-name-'.repeat(6)}abc-${mark}`
  const { ref, request } = await issued(fixture, { name, mark, seen: [] })
  if (fixture.issuer.traits.onLostAnswer === 'stop') return
  const found = await fixture.issuer.find(request, newCall())
  assert.deepEqual(
    found.map((one) => one.id),
    [ref.id],
  )
}

async function keepExpiry(fixture: IssuerFixture): Promise<void> {
  const expiresAt = Date.now() + 40 * 86_400_000
  const { ref } = await issued(fixture, { ...newRequest(), expiresAt })
  const day = 86_400_000
  if (ref.expiresAt !== undefined) assert.ok(Math.abs(ref.expiresAt - expiresAt) <= day, 'another expiry')
}

async function loseAnswer(fixture: IssuerFixture, kind: 'lost-answer' | 'truncated'): Promise<void> {
  const { issuer } = fixture
  const seen = (await issuer.list(newCall())).map((ref) => ref.id)
  const before = new Set(await fixture.liveIds())
  const request = { ...newRequest(), seen }
  const error = await under(fixture, kind, (faulty) =>
    refused(faulty.issue(request, newCall()), 'unavailable', 'invalid'),
  )
  assert.equal(error.effect, 'unknown')
  const made = (await fixture.liveIds()).filter((id) => !before.has(id))
  assert.equal(made.length, 1, 'the fixture had the effect happen')
  await fixture.settle()
  if (issuer.traits.onLostAnswer === 'repeat') {
    assert.deepEqual([(await issuer.issue(request, newCall())).ref.id], made, 'a repeat gives the same key')
    assert.equal((await fixture.liveIds()).length, before.size + 1)
  } else if (issuer.traits.onLostAnswer !== 'stop') {
    const found = await issuer.find(request, newCall())
    assert.deepEqual(
      found.map((ref) => ref.id),
      made,
    )
  }
  await issuer.revoke({ ref: { id: made[0] ?? '' } }, newCall())
  assert.deepEqual(
    (await fixture.liveIds()).filter((id) => !before.has(id)),
    [],
  )
}

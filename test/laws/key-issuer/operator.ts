import assert from 'node:assert/strict'
import { LeaseOverError } from '../../../src/contracts/errors.ts'
import type { OperatorFixture, OperatorRule } from './fixture.ts'
import {
  abortedCall,
  assertNothingLeaks,
  countRequests,
  expectAccepted,
  expectGone,
  expectRejected,
  garbageOf,
  newCall,
  overdueCall,
  probe,
  refused,
  valuesOf,
} from './helpers.ts'

/** The law of the KeyIssuer contract for issuers whose keys a person creates and revokes. */
export const operatorIssuerLaw: readonly OperatorRule[] = [
  { name: 'a key that a person created is accepted, and rejected once revoked', run: judge },
  { name: 'a garbage key is rejected', run: rejectGarbage },
  { name: 'a probe causes no real work', run: workNothing },
  { name: 'a service that throttles, is down, hangs or breaks off gives no verdict', run: giveNoVerdict },
  { name: 'nothing is sent once the lease is over', run: lookAtLease },
  { name: 'a task says what to do, where, and what to verify', run: describeTasks },
  { name: 'if the API revokes, it revokes that key and no other', run: revokeOne },
  { name: 'if the API revokes, a revoke that identifies no key sends nothing', run: revokeNothing },
]

async function judge(fixture: OperatorFixture): Promise<void> {
  const { material, revoke } = await fixture.newKey()
  await fixture.settle()
  const good = await probe(fixture.issuer, material)
  assert.equal(good.verdict, 'accepted')
  await revoke()
  await fixture.settle()
  const bad = await probe(fixture.issuer, material)
  assert.equal(bad.verdict, 'rejected')
}

async function rejectGarbage(fixture: OperatorFixture): Promise<void> {
  assert.equal((await probe(fixture.issuer, garbageOf(fixture.issuer))).verdict, 'rejected')
}

async function workNothing(fixture: OperatorFixture): Promise<void> {
  const { material } = await fixture.newKey()
  await fixture.settle()
  const before = await fixture.workDone()
  const answer = await probe(fixture.issuer, material)
  assert.equal(answer.mayHaveBilled ?? false, false)
  assert.equal(await fixture.workDone(), before)
}

async function giveNoVerdict(fixture: OperatorFixture): Promise<void> {
  const { material } = await fixture.newKey()
  await fixture.settle()
  for (const kind of ['throttled', 'unavailable', 'hang'] as const) {
    const { issuer, undo } = await fixture.fault(kind)
    const begun = performance.now()
    const answer = await issuer.probe(material, abortedCall(200)).finally(undo)
    assert.ok(performance.now() - begun < 1200, `${kind} took too long`)
    assert.equal(answer.verdict, 'unknown', kind)
    if (kind === 'throttled' && fixture.reportsRetryAfter) assert.ok((answer.retryAfterMs ?? 0) > 0)
    assertNothingLeaks(answer, valuesOf(material))
  }
  const { issuer, undo } = await fixture.fault('truncated')
  assert.notEqual((await issuer.probe(material, abortedCall(500)).finally(undo)).verdict, 'rejected')
}

async function lookAtLease(fixture: OperatorFixture): Promise<void> {
  const { material } = await fixture.newKey()
  const before = await countRequests(fixture)
  await assert.rejects(fixture.issuer.probe(material, overdueCall()), LeaseOverError)
  assert.equal(await countRequests(fixture), before)
  let looks = 0
  await fixture.issuer.probe(material, newCall({ beforeSend: () => looks++ }))
  if (fixture.requestCount !== 'local') assert.equal(looks, (await countRequests(fixture)) - before)
}

async function describeTasks(fixture: OperatorFixture): Promise<void> {
  for (const kind of ['create', 'revoke'] as const) {
    const task = fixture.issuer.task(kind, { name: 'keyrota-law-name' })
    assert.ok(URL.canParse(task.url))
    assert.ok(task.steps.length > 0 && task.confirm.length > 0)
    assert.ok([task.title, ...task.steps].some((line) => line.includes('keyrota-law-name')))
  }
}

async function revokeOne(fixture: OperatorFixture): Promise<void> {
  const { issuer } = fixture
  if (issuer.revoke === undefined) return
  const kept = await fixture.newKey()
  const { revoke: _byPerson, ...ended } = await fixture.newKey()
  await fixture.settle()
  await issuer.revoke(ended, newCall())
  await fixture.settle()
  await expectRejected(issuer, ended.material)
  await expectGone(issuer.revoke(ended, newCall()))
  await expectAccepted(issuer, kept.material)
}

async function revokeNothing(fixture: OperatorFixture): Promise<void> {
  const { issuer } = fixture
  if (issuer.revoke === undefined) return
  const { material } = await fixture.newKey()
  await fixture.settle()
  const before = await countRequests(fixture)
  assert.equal((await refused(issuer.revoke({}, newCall()), 'invalid', 'not_found')).effect, 'none')
  assert.equal(await countRequests(fixture), before)
  await expectAccepted(issuer, material)
}

import assert from 'node:assert/strict'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { IssuerFixture, IssuerRule } from './fixture.ts'
import {
  abortedCall,
  assertNothingLeaks,
  garbageOf,
  issued,
  newCall,
  probe,
  under,
  valuesOf,
} from './helpers.ts'

/** Rules about the probe: its verdicts, and what yields none. */
export const probingRules: readonly IssuerRule[] = [
  { name: 'a garbage key is rejected', run: rejectGarbage },
  { name: 'a key with one wrong part is rejected', run: rejectWrongPart },
  { name: 'a service that throttles, is down or hangs gives no verdict', run: giveNoVerdict },
  { name: 'a probe changes nothing', run: changeNothing },
  { name: 'a key is identified by its value, and garbage is not_found', run: identify },
]

async function rejectGarbage(fixture: IssuerFixture): Promise<void> {
  assert.equal((await probe(fixture.issuer, garbageOf(fixture.issuer))).verdict, 'rejected')
}

async function rejectWrongPart(fixture: IssuerFixture): Promise<void> {
  const { material } = await issued(fixture)
  for (const [part, value] of Object.entries(material)) {
    const wrong = { ...material, [part]: new SecretValue(`${value.expose().slice(0, -4)}zzzz`) }
    assert.equal((await probe(fixture.issuer, wrong)).verdict, 'rejected', part)
  }
}

async function giveNoVerdict(fixture: IssuerFixture): Promise<void> {
  const { material } = await issued(fixture)
  for (const kind of ['throttled', 'unavailable'] as const) {
    const answer = await under(fixture, kind, (faulty) => faulty.probe(material, newCall()))
    assert.equal(answer.verdict, 'unknown', kind)
    assertNothingLeaks(answer, valuesOf(material))
    if (kind === 'throttled' && fixture.reportsRetryAfter) assert.ok((answer.retryAfterMs ?? 0) > 0)
  }
  const silent = await under(fixture, 'hang', (faulty) => faulty.probe(material, abortedCall(20)))
  assert.equal(silent.verdict, 'unknown')
}

async function changeNothing(fixture: IssuerFixture): Promise<void> {
  const { material } = await issued(fixture)
  const before = [...(await fixture.liveIds())].sort()
  await probe(fixture.issuer, material)
  await probe(fixture.issuer, garbageOf(fixture.issuer))
  const accepted = await probe(fixture.issuer, material)
  assert.equal(accepted.verdict, 'accepted')
  assert.equal(accepted.mayHaveBilled ?? false, false)
  assert.deepEqual([...(await fixture.liveIds())].sort(), before)
}

async function identify(fixture: IssuerFixture): Promise<void> {
  const { issuer } = fixture
  if (issuer.identify === undefined) return
  const { ref, material } = await issued(fixture)
  assert.equal((await issuer.identify(material, newCall())).id, ref.id)
  await assert.rejects(issuer.identify(garbageOf(issuer), newCall()), { code: 'not_found' })
}

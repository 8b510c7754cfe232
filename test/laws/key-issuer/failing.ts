import assert from 'node:assert/strict'
import { LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import type { IssuerFault, IssuerFixture, IssuerRule } from './fixture.ts'
import {
  abortedCall,
  assertNothingLeaks,
  countRequests,
  issued,
  newCall,
  overdueCall,
  refused,
  under,
  valuesOf,
  verbsOf,
} from './helpers.ts'

/** Rules about failures: the right code and effect, in time, and without a secret. */
export const failingRules: readonly IssuerRule[] = [
  { name: 'a denied request is denied and changes nothing', run: (fixture) => expectCode(fixture, 'denied') },
  {
    name: 'a throttled request is throttled, with the wait if reported',
    run: (fixture) => expectCode(fixture, 'throttled'),
  },
  { name: 'an unavailable service is unavailable', run: (fixture) => expectCode(fixture, 'unavailable') },
  { name: 'an aborted call returns within a second and may have taken effect', run: abort },
  { name: 'a call aborted beforehand sends nothing', run: abortBefore },
  {
    name: 'the lease is checked before every request, and nothing is sent once it is over',
    run: lookAtLease,
  },
  { name: 'no error contains a key or a credential', run: hideSecrets },
]

async function expectCode(
  fixture: IssuerFixture,
  code: 'denied' | 'throttled' | 'unavailable',
): Promise<void> {
  const key = await issued(fixture)
  const before = [...(await fixture.liveIds())].sort()
  await under(fixture, code, async (faulty) => {
    for (const { verb, changes, run } of verbsOf(faulty, key)) {
      // The credential of `identify` may be the key itself, whose refusal is an answer about the key.
      if (verb === 'identify' && code === 'denied') continue
      const error = await refused(run(newCall()), code)
      if (!changes || code !== 'unavailable') assert.equal(error.effect, 'none', verb)
      if (code === 'throttled' && fixture.reportsRetryAfter) assert.ok((error.retryAfterMs ?? 0) > 0, verb)
    }
  })
  assert.deepEqual([...(await fixture.liveIds())].sort(), before)
}

async function abort(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  // Late enough that the requests have been sent. All verbs at once: a hanging request has no effect.
  const abortAfterMs = 200
  await under(fixture, 'hang', async (faulty) => {
    const attempts = verbsOf(faulty, key).map(async ({ verb, changes, run }) => {
      const begun = performance.now()
      const error = await refused(run(abortedCall(abortAfterMs)), 'unavailable')
      assert.ok(performance.now() - begun < abortAfterMs + 1000, `${verb} took too long`)
      // An adapter of `slots` reads both places first, and hangs there.
      const readsFirst = faulty.lifecycle === 'slots' && error.effect === 'none'
      assert.equal(error.effect, changes && !readsFirst ? 'unknown' : 'none', verb)
    })
    await Promise.all(attempts)
  })
}

async function abortBefore(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  const before = await countRequests(fixture)
  const live = await fixture.liveIds()
  for (const { verb, run } of verbsOf(fixture.issuer, key)) {
    assert.equal((await refused(run(abortedCall(0)), 'unavailable')).effect, 'none', verb)
  }
  assert.equal(
    (await fixture.issuer.probe(key.material, abortedCall(0)).catch(() => undefined))?.verdict ?? 'unknown',
    'unknown',
  )
  assert.equal(await countRequests(fixture), before)
  assert.deepEqual(await fixture.liveIds(), live)
}

async function lookAtLease(fixture: IssuerFixture): Promise<void> {
  const key = await issued(fixture)
  const live = await fixture.liveIds()
  const before = await countRequests(fixture)
  for (const { verb, run } of verbsOf(fixture.issuer, key)) {
    await assert.rejects(run(overdueCall()), LeaseOverError, verb)
  }
  await assert.rejects(fixture.issuer.probe(key.material, overdueCall()), LeaseOverError)
  assert.equal(await countRequests(fixture), before)
  assert.deepEqual(await fixture.liveIds(), live)
  let looks = 0
  const reading = verbsOf(fixture.issuer, key).find(({ verb }) => verb === 'list' || verb === 'readBack')
  await reading?.run(newCall({ beforeSend: () => looks++ }))
  await fixture.issuer.probe(key.material, newCall({ beforeSend: () => looks++ }))
  if (fixture.requestCount === 'local') assert.ok(looks >= (reading ? 2 : 1))
  else assert.equal(looks, (await countRequests(fixture)) - before, 'one look for each request')
}

async function hideSecrets(fixture: IssuerFixture): Promise<void> {
  const kinds: IssuerFault[] = ['denied', 'throttled', 'unavailable', 'hang', 'lost-answer', 'truncated']
  const key = await issued(fixture)
  const secrets = [...fixture.credentials, ...valuesOf(key.material)]
  for (const kind of kinds) {
    for (const { verb } of verbsOf(fixture.issuer, key)) {
      await under(fixture, kind, async (faulty) => {
        const error = await verbsOf(faulty, key)
          .find((one) => one.verb === verb)
          ?.run(kind === 'hang' ? abortedCall(20) : newCall())
          .catch((caught: unknown) => caught)
        if (error instanceof ProviderError) assertNothingLeaks(error, secrets)
      })
    }
  }
}

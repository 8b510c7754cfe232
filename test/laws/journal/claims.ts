/* Rules about claims: one holder per key, leases, takeovers. */

import assert from 'node:assert/strict'
import { advance, type JournalRule, recordOf, refuses, take, takeOver } from './fixture.ts'

export const claimRules: readonly JournalRule[] = [
  {
    name: 'an unknown key is claimed without a record',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      assert.equal(claim.key, 'web')
      assert.equal(claim.record, null)
      assert.equal(claim.leaseUntil, claim.now + fixture.leaseMs)
    },
  },
  {
    name: 'no other process can claim a claimed key',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
      const { lease } = await two.load('web')
      assert.equal(lease?.claimId, claim.claimId)
      assert.equal(lease?.holder, 'one')
      assert.equal(lease?.until, claim.leaseUntil)
    },
  },
  {
    name: 'nor can the same journal claim it again',
    async run(fixture) {
      const journal = await fixture.open()
      await take(journal, fixture)
      assert.equal(await journal.claim('web', { holder: 'one', leaseMs: fixture.leaseMs }), 'held')
    },
  },
  {
    name: 'the claim of one key leaves the others free',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      await take(one, fixture, 'web')
      await take(two, fixture, 'api')
    },
  },
  {
    name: 'exactly one of many concurrent claims wins',
    async run(fixture) {
      const journals = await Promise.all(Array.from({ length: 5 }, () => fixture.open()))
      const answers = await Promise.all(
        journals.map((journal, index) =>
          journal.claim('web', { holder: `holder-${index}`, leaseMs: fixture.leaseMs }),
        ),
      )
      assert.equal(answers.filter((answer) => answer !== 'held').length, 1)
    },
  },
  {
    name: 'a released key is free at once',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
      await one.release(claim)
      assert.equal((await one.load('web')).lease, null)
      await take(two, fixture, 'web', 'two')
      await refuses(one.release(claim), 'lost-claim')
    },
  },
  {
    name: 'a key released with its commit is free at once',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      await one.commit(claim, { record: recordOf('web', { lastMark: 3 }), audit: [], release: true })
      const next = await take(two, fixture, 'web', 'two')
      assert.equal(next.record?.lastMark, 3)
    },
  },
  {
    name: 'a lease is taken over after it was seen unchanged for its length',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      const next = await takeOver(two, fixture)
      assert.notEqual(next.claimId, claim.claimId)
      await refuses(one.renew(claim), 'lost-claim')
      await refuses(one.release(claim), 'lost-claim')
      assert.equal((await one.load('web')).lease?.claimId, next.claimId)
    },
  },
  {
    name: 'a lease is not taken over before its length has passed',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      await take(one, fixture)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: 1 }), 'held')
      await fixture.pass(fixture.leaseMs / 4)
      // The holder's length counts, not the requested one.
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: 1 }), 'held')
    },
  },
  {
    name: 'what one process saw of a lease counts for the next: short looks finish the length',
    async run(fixture) {
      const claim = await take(await fixture.open(), fixture)
      for (let look = 0; look < 2; look += 1) {
        const short = await fixture.open()
        assert.equal(await short.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
        await short.close()
        await fixture.pass(fixture.leaseMs * 0.6)
      }
      const next = await take(await fixture.open(), fixture, 'web', 'three')
      assert.ok(next.fence > claim.fence)
    },
  },
  {
    name: 'a lease that was renewed between two processes that look is not taken over',
    async run(fixture) {
      const holding = await fixture.open()
      const claim = await take(holding, fixture)
      for (let look = 0; look < 3; look += 1) {
        const short = await fixture.open()
        assert.equal(await short.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
        await short.close()
        await fixture.pass(fixture.leaseMs * 0.6)
        await holding.renew(claim)
      }
    },
  },
  {
    name: 'a claim whose holder is known to be gone is free at once, that of any other is not',
    async run(fixture) {
      if (fixture.goneHolder === undefined) return
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture, 'web', fixture.goneHolder)
      const next = await take(two, fixture, 'web', 'two')
      assert.ok(next.fence > claim.fence)
      await refuses(one.renew(claim), 'lost-claim')
      assert.equal(await one.claim('web', { holder: 'three', leaseMs: fixture.leaseMs }), 'held')
    },
  },
  {
    name: 'a renewed lease is not taken over',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
      await fixture.pass(fixture.leaseMs * 0.7)
      const receipt = await one.renew(claim)
      assert.equal(receipt.leaseUntil, receipt.now + fixture.leaseMs)
      assert.equal(receipt.revision, claim.revision)
      assert.equal((await two.load('web')).lease?.until, receipt.leaseUntil)
      await fixture.pass(fixture.leaseMs * 0.7)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
    },
  },
  {
    name: 'a commit renews the lease',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
      await fixture.pass(fixture.leaseMs * 0.7)
      const receipt = await one.commit(claim, { record: recordOf('web'), audit: [] })
      assert.equal(receipt.leaseUntil, receipt.now + fixture.leaseMs)
      await fixture.pass(fixture.leaseMs * 0.7)
      assert.equal(await two.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
    },
  },
  {
    name: 'every claim of a key has a higher fence and an id of its own',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const first = await take(one, fixture)
      await one.release(first)
      const second = await take(one, fixture)
      const third = await takeOver(two, fixture)
      assert.ok(first.fence < second.fence && second.fence < third.fence)
      assert.equal(new Set([first, second, third].map((claim) => claim.claimId)).size, 3)
    },
  },
  {
    name: 'a holder keeps working after its lease if nobody took over',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      await fixture.pass(fixture.leaseMs * 1.5)
      const receipt = await journal.commit(claim, { record: recordOf('web'), audit: [] })
      await journal.release(advance(claim, receipt))
    },
  },
  {
    name: 'a closed journal refuses to work',
    async run(fixture) {
      const journal = await fixture.open()
      await take(journal, fixture)
      await journal.close()
      await refuses(journal.load('web'), 'unavailable')
      await journal.close()
    },
  },
]

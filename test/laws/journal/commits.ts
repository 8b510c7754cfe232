/* Rules about commits: atomic, fenced, durable. */

import assert from 'node:assert/strict'
import type { Claim, Journal } from '../../../src/contracts/journal.ts'
import { advance, entryOf, type JournalRule, put, recordOf, refuses, take, takeOver } from './fixture.ts'

export const commitRules: readonly JournalRule[] = [
  {
    name: 'looks are noted for many keys at once, with nothing else changed; a claimed or unknown key is left alone',
    async run(fixture) {
      const journal = await fixture.open()
      for (const key of ['a', 'b', 'c'])
        await put(journal, fixture, recordOf(key, { lastMark: 7, wakeAt: 5 }))
      const before = await journal.load('a')
      await take(journal, fixture, 'c')
      await journal.noteLooks(['a', 'b', 'c', 'nobody'], 1_700_000_000_000)
      const after = await journal.load('a')
      assert.equal(after.record?.lookedAt, 1_700_000_000_000)
      assert.deepEqual({ ...after.record, lookedAt: undefined }, { ...before.record, lookedAt: undefined })
      assert.equal(after.revision, before.revision)
      assert.equal((await journal.load('b')).record?.lookedAt, 1_700_000_000_000)
      assert.equal((await journal.load('c')).record?.lookedAt, undefined)
      assert.equal((await journal.load('nobody')).record, null)
      await journal.noteLooks([], 1)
    },
  },
  {
    name: 'commits that come at once are each whole: one that is refused undoes none of the others',
    async run(fixture) {
      const journal = await fixture.open()
      const keys = ['a', 'b', 'c', 'd']
      const claims = await Promise.all(keys.map((key) => take(journal, fixture, key)))
      const settled = await Promise.allSettled(
        claims.map((claim, index) =>
          journal.commit(index === 1 ? { ...claim, revision: claim.revision + 1 } : claim, {
            record: recordOf(claim.key, { lastMark: 9 }),
            audit: [entryOf(claim.key, 'at once')],
          }),
        ),
      )
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      )
      const written = await journal.list({ limit: 9 })
      assert.deepEqual(
        written.map((record) => record.key),
        ['a', 'c', 'd'],
      )
      assert.equal((await journal.trail({ limit: 9 })).length, 3)
    },
  },
  {
    name: 'every reader gets a committed record as it was written',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      const record = recordOf('web', {
        lastMark: 7,
        wakeAt: 12,
        violations: [{ kind: 'shared-value', detail: 'ü"\n☃', since: 1 }],
      })
      const receipt = await one.commit(claim, { record, audit: [] })
      assert.ok(receipt.revision > claim.revision)
      const seen = await two.load('web')
      assert.deepEqual(seen.record, record)
      assert.equal(seen.revision, receipt.revision)
      assert.equal(seen.lease?.claimId, claim.claimId)
    },
  },
  {
    name: 'an unknown key is an empty snapshot',
    async run(fixture) {
      const seen = await (await fixture.open()).load('web')
      assert.deepEqual([seen.record, seen.lease], [null, null])
      assert.equal(typeof seen.now, 'number')
    },
  },
  {
    name: 'changing an object after it was committed or read changes nothing in the journal',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      const record = recordOf('web', { lastMark: 1 })
      const audit = [entryOf('web', 'first', { data: { count: 1 } })]
      await journal.commit(claim, { record, audit })
      record.lastMark = 2
      const read = await journal.load('web')
      if (read.record) read.record.lastMark = 3
      Object.assign(audit[0]?.data ?? {}, { count: 2 })
      assert.equal((await journal.load('web')).record?.lastMark, 1)
      assert.deepEqual((await journal.trail({ limit: 9 }))[0]?.data, { count: 1 })
    },
  },
  {
    name: 'a commit under a stale revision writes nothing',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      const receipt = await journal.commit(claim, { record: recordOf('web', { lastMark: 1 }), audit: [] })
      await refuseWholly(journal, claim)
      await journal.commit(advance(claim, receipt), { record: recordOf('web', { lastMark: 2 }), audit: [] })
      assert.equal((await journal.load('web')).record?.lastMark, 2)
    },
  },
  {
    name: 'a commit after a takeover writes nothing, also under the right revision',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      const receipt = await one.commit(claim, { record: recordOf('web', { lastMark: 1 }), audit: [] })
      const next = await takeOver(two, fixture)
      assert.equal(next.revision, receipt.revision)
      await refuseWholly(one, advance(claim, receipt))
      await two.commit(next, { record: recordOf('web', { lastMark: 2 }), audit: [] })
    },
  },
  {
    name: 'a commit with a claim id that is not the holder’s writes nothing',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      await journal.commit(claim, { record: recordOf('web', { lastMark: 1 }), audit: [] })
      const { revision } = await journal.load('web')
      await refuseWholly(journal, { ...claim, revision, claimId: 'somebody-else' })
      await refuseWholly(journal, { ...claim, revision, fence: claim.fence + 1 })
    },
  },
  {
    name: 'a commit after the release writes nothing',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      const receipt = await journal.commit(claim, {
        record: recordOf('web', { lastMark: 1 }),
        audit: [],
        release: true,
      })
      await refuseWholly(journal, advance(claim, receipt))
    },
  },
  {
    name: 'a record cannot be written under the claim of another key',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture, 'web')
      await assert.rejects(journal.commit(claim, { record: recordOf('api'), audit: [] }))
      assert.equal((await journal.load('web')).record, null)
      assert.equal((await journal.load('api')).record, null)
    },
  },
  {
    name: 'record, audit and finished rotation are committed together',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      const claim = await take(one, fixture)
      const ended = recordOf('web', { lastMark: 4 })
      await one.commit(claim, {
        record: recordOf('web', { lastMark: 5 }),
        audit: [entryOf('web', 'done', { rotation: 'r1', data: { status: 200 } })],
        finished: { id: 'r1', record: ended },
      })
      assert.deepEqual(await two.finished('r1'), ended)
      const [entry, ...others] = await two.trail({ key: 'web', limit: 9 })
      assert.deepEqual(others, [])
      assert.deepEqual(
        { ...entry, seq: 0 },
        { ...entryOf('web', 'done', { rotation: 'r1', data: { status: 200 } }), seq: 0 },
      )
    },
  },
  {
    name: 'an unknown rotation has not finished',
    async run(fixture) {
      assert.equal(await (await fixture.open()).finished('r1'), null)
    },
  },
  {
    name: 'everything survives closing and reopening',
    async run(fixture) {
      const first = await fixture.open()
      const before = await take(first, fixture)
      await first.commit(before, {
        record: recordOf('web', { lastMark: 4 }),
        audit: [entryOf('web', 'done')],
        finished: { id: 'r1', record: recordOf('web', { lastMark: 3 }) },
        release: true,
      })
      await first.close()
      const second = await fixture.open()
      const claim = await take(second, fixture)
      assert.equal(claim.record?.lastMark, 4)
      assert.ok(claim.fence > before.fence)
      assert.equal((await second.finished('r1'))?.lastMark, 3)
      assert.equal((await second.trail({ limit: 9 })).length, 1)
    },
  },
  {
    name: 'a lease survives closing and reopening',
    async run(fixture) {
      const first = await fixture.open()
      await put(first, fixture, recordOf('web'))
      await take(first, fixture)
      await first.close()
      const second = await fixture.open()
      assert.equal(await second.claim('web', { holder: 'two', leaseMs: fixture.leaseMs }), 'held')
      await takeOver(second, fixture)
    },
  },
]

/** Expects the commit to fail as a lost claim without changing record, trail, finished rotations or lease. */
async function refuseWholly(journal: Journal, claim: Claim): Promise<void> {
  const before = await journal.load(claim.key)
  const trail = await journal.trail({ limit: 99 })
  await refuses(
    journal.commit(claim, {
      record: recordOf(claim.key, { lastMark: 99 }),
      audit: [entryOf(claim.key, 'must not be there')],
      finished: { id: 'never', record: recordOf(claim.key) },
    }),
    'lost-claim',
  )
  const after = await journal.load(claim.key)
  assert.deepEqual({ ...after, now: 0 }, { ...before, now: 0 })
  assert.deepEqual(await journal.trail({ limit: 99 }), trail)
  assert.equal(await journal.finished('never'), null)
}

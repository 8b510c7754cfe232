/* Rules about records that move to another name, or are taken out. */

import assert from 'node:assert/strict'
import { advance, entryOf, type JournalRule, put, recordOf, refuses, take, takeOver } from './fixture.ts'

const holding = {
  current: { fingerprint: 'aaaa', since: 1, sinceFrom: 'rotation', adopted: false, versions: {} },
} as const

export const moveRules: readonly JournalRule[] = [
  {
    name: 'a record moves to another name with its trail, its holders and its finished rotations',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      await put(one, fixture, recordOf('web', { ...holding, wakeAt: 5 }), [
        entryOf('web', 'w1', { rotation: 'r1' }),
      ])
      await put(one, fixture, recordOf('api'), [entryOf('api', 'a1')])
      const [from, to] = [await take(one, fixture, 'web'), await take(one, fixture, 'site')]
      const record = recordOf('site', { ...from.record, key: 'site' })
      await one.move(from, to, { record, audit: [entryOf('site', 'was web')] })
      assert.equal((await two.load('web')).record, null)
      assert.deepEqual((await two.load('site')).record, record)
      assert.deepEqual(await two.holders('aaaa'), ['site'])
      const texts = async (key: string) => (await two.trail({ key, limit: 9 })).map(({ text }) => text)
      assert.deepEqual(
        [await texts('site'), await texts('web'), await texts('api')],
        [['w1', 'was web'], [], ['a1']],
      )
      assert.deepEqual(
        (await two.list({ limit: 9 })).map(({ key }) => key),
        ['api', 'site'],
      )
      assert.deepEqual(
        (await two.list({ wakeBefore: 9, limit: 9 })).map(({ key }) => key),
        ['site'],
      )
      // Both claims are over.
      await take(two, fixture, 'web')
      await take(two, fixture, 'site')
    },
  },
  {
    name: 'a move under a claim that is over, of either name, changes nothing',
    async run(fixture) {
      const [one, two] = [await fixture.open(), await fixture.open()]
      await put(one, fixture, recordOf('web', holding), [entryOf('web', 'w1')])
      const stale = { web: await take(one, fixture, 'web'), site: await take(one, fixture, 'site') }
      const fresh = { web: await takeOver(two, fixture, 'web'), site: await takeOver(two, fixture, 'site') }
      const moved = { record: recordOf('site', holding), audit: [entryOf('site', 'must not be there')] }
      await refuses(one.move(stale.web, fresh.site, moved), 'lost-claim')
      await refuses(one.move(fresh.web, stale.site, moved), 'lost-claim')
      await refuses(
        two.move({ ...fresh.web, revision: fresh.web.revision + 1 }, fresh.site, moved),
        'lost-claim',
      )
      assert.deepEqual((await two.load('web')).record, recordOf('web', holding))
      assert.equal((await two.load('site')).record, null)
      assert.deepEqual(
        (await two.trail({ limit: 9 })).map(({ key, text }) => [key, text]),
        [['web', 'w1']],
      )
      assert.deepEqual(await two.holders('aaaa'), ['web'])
    },
  },
  {
    name: 'a forgotten record holds nothing and is kept beside its trail',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, recordOf('web', { ...holding, lastMark: 7, wakeAt: 5 }), [
        entryOf('web', 'w1'),
      ])
      const claim = await take(journal, fixture)
      await journal.forget(claim, { audit: [entryOf('web', 'forgotten')], keptAs: 'forgotten-web' })
      assert.equal((await journal.load('web')).record, null)
      assert.deepEqual(await journal.holders('aaaa'), [])
      assert.deepEqual(await journal.list({ limit: 9 }), [])
      assert.equal((await journal.finished('forgotten-web'))?.lastMark, 7)
      assert.deepEqual(
        (await journal.trail({ key: 'web', limit: 9 })).map(({ text }) => text),
        ['w1', 'forgotten'],
      )
      const again = await take(journal, fixture)
      assert.equal(again.record, null)
      assert.ok(again.fence > claim.fence)
      await journal.commit(again, { record: recordOf('web', { lastMark: 8 }), audit: [], release: true })
      assert.equal((await journal.load('web')).record?.lastMark, 8)
    },
  },
  {
    name: 'a record is not forgotten under a stale claim',
    async run(fixture) {
      const journal = await fixture.open()
      const claim = await take(journal, fixture)
      const receipt = await journal.commit(claim, { record: recordOf('web', holding), audit: [] })
      await refuses(journal.forget(claim, { audit: [], keptAs: 'forgotten-web' }), 'lost-claim')
      assert.deepEqual(await journal.holders('aaaa'), ['web'])
      await journal.forget(advance(claim, receipt), { audit: [], keptAs: 'forgotten-web' })
      await refuses(
        journal.commit(advance(claim, receipt), { record: recordOf('web'), audit: [] }),
        'lost-claim',
      )
    },
  },
]

/* Rules about lists: paging, order, filters. */

import assert from 'node:assert/strict'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { entryOf, type JournalRule, put, recordOf, take } from './fixture.ts'

export const pageRules: readonly JournalRule[] = [
  {
    name: 'records are listed in the order of their keys, page by page',
    async run(fixture) {
      const journal = await fixture.open()
      for (const key of ['web', 'api', 'web-2', 'db']) await put(journal, fixture, recordOf(key))
      const first = await journal.list({ limit: 3 })
      assert.deepEqual(keysOf(first), ['api', 'db', 'web'])
      assert.deepEqual(keysOf(await journal.list({ after: 'web', limit: 3 })), ['web-2'])
      assert.deepEqual(await journal.list({ after: 'web-2', limit: 3 }), [])
    },
  },
  {
    name: 'a key that was only claimed is not listed',
    async run(fixture) {
      const journal = await fixture.open()
      await take(journal, fixture)
      assert.deepEqual(await journal.list({ limit: 9 }), [])
      assert.deepEqual(await journal.list({ wakeBefore: Number.MAX_SAFE_INTEGER, limit: 9 }), [])
    },
  },
  {
    name: 'only keys that wake by then, inclusive, are listed, in the order of the keys',
    async run(fixture) {
      const journal = await fixture.open()
      const wakes: [string, number | null][] = [
        ['e', 10],
        ['d', 30],
        ['c', null],
        ['b', 20],
        ['a', 21],
      ]
      for (const [key, wakeAt] of wakes) await put(journal, fixture, recordOf(key, { wakeAt }))
      assert.deepEqual(keysOf(await journal.list({ wakeBefore: 20, limit: 9 })), ['b', 'e'])
      assert.deepEqual(keysOf(await journal.list({ wakeBefore: 21, limit: 2 })), ['a', 'b'])
      assert.deepEqual(keysOf(await journal.list({ wakeBefore: 21, after: 'b', limit: 2 })), ['e'])
      assert.deepEqual(await journal.list({ wakeBefore: 9, limit: 9 }), [])
    },
  },
  {
    name: 'a later record changes when the key wakes',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, recordOf('web', { wakeAt: 10 }))
      await put(journal, fixture, recordOf('web', { wakeAt: 50 }))
      assert.deepEqual(await journal.list({ wakeBefore: 20, limit: 9 }), [])
      await put(journal, fixture, recordOf('web', { wakeAt: null }))
      assert.deepEqual(await journal.list({ wakeBefore: 99, limit: 9 }), [])
    },
  },
  {
    name: 'the holders of a fingerprint are those whose record names it anywhere',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, holding('web', 'aaaa'))
      await put(
        journal,
        fixture,
        recordOf('api', { past: [{ fingerprint: 'aaaa', state: 'revoked', until: 1 }] }),
      )
      await put(
        journal,
        fixture,
        recordOf('db', { debts: [{ name: 'n', fingerprint: 'bbbb', rotation: 'r', why: 'w', since: 1 }] }),
      )
      const place = { at: 1, holds: 'foreign' as const, fingerprint: 'aaaa' }
      await put(journal, fixture, recordOf('cron', { places: { 'store/cron#KEY': place } }))
      assert.deepEqual(await journal.holders('aaaa'), ['api', 'cron', 'web'])
      assert.deepEqual(await journal.holders('bbbb'), ['db'])
      assert.deepEqual(await journal.holders('aaa'), [])
    },
  },
  {
    name: 'a record that no longer names a fingerprint no longer holds it',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, holding('web', 'aaaa'))
      await put(journal, fixture, holding('web', 'bbbb'))
      assert.deepEqual(await journal.holders('aaaa'), [])
      assert.deepEqual(await journal.holders('bbbb'), ['web'])
      await put(journal, fixture, recordOf('web'))
      assert.deepEqual(await journal.holders('bbbb'), [])
    },
  },
  {
    name: 'the trail is paged by a growing number, and filtered by key and rotation',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, recordOf('web'), [
        entryOf('web', 'w1', { rotation: 'r1' }),
        entryOf('web', 'w2'),
      ])
      await put(journal, fixture, recordOf('api'), [entryOf('api', 'a1', { rotation: 'r1' })])
      await put(journal, fixture, recordOf('web'), [entryOf('web', 'w3', { rotation: 'r1' })])
      const all = await journal.trail({ limit: 9 })
      assert.deepEqual(textsOf(all), ['w1', 'w2', 'a1', 'w3'])
      assert.ok(all.every((entry, index) => index === 0 || entry.seq > (all[index - 1]?.seq ?? 0)))
      const page = await journal.trail({ limit: 2 })
      assert.deepEqual(textsOf(page), ['w1', 'w2'])
      assert.deepEqual(textsOf(await journal.trail({ after: page[1]?.seq ?? 0, limit: 9 })), ['a1', 'w3'])
      assert.deepEqual(textsOf(await journal.trail({ key: 'web', limit: 9 })), ['w1', 'w2', 'w3'])
      assert.deepEqual(textsOf(await journal.trail({ rotation: 'r1', limit: 9 })), ['w1', 'a1', 'w3'])
      assert.deepEqual(textsOf(await journal.trail({ key: 'web', rotation: 'r1', limit: 9 })), ['w1', 'w3'])
      assert.deepEqual(await journal.trail({ key: 'db', limit: 9 }), [])
      assert.ok(!Object.hasOwn(all[1] ?? {}, 'rotation') && !Object.hasOwn(all[1] ?? {}, 'data'))
    },
  },
]

function keysOf(records: readonly KeyRecord[]): string[] {
  return records.map((record) => record.key)
}

function textsOf(entries: readonly { text: string }[]): string[] {
  return entries.map((entry) => entry.text)
}

function holding(key: string, fingerprint: string): KeyRecord {
  return recordOf(key, {
    current: { fingerprint, since: 1, sinceFrom: 'rotation', adopted: false, versions: {} },
  })
}

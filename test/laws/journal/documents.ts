/* Rules about shared documents: compare-and-set, names, sizes. */

import assert from 'node:assert/strict'
import type { DocumentId, Documents } from '../../../src/contracts/documents.ts'
import { documentPageRules } from './document-pages.ts'
import { type JournalRule, put, recordOf, writeDocument as write } from './fixture.ts'

const id = { kind: 'campaign', name: 'one' }
const MOST_BYTES = 512 * 1024

const changeRules: readonly JournalRule[] = [
  {
    name: 'a document is made, changed, read by others, and removed',
    async run(fixture) {
      const { documents } = await fixture.open()
      const { documents: others } = await fixture.open()
      assert.equal(await documents.read(id), null)
      assert.deepEqual(await write(documents, id, '{"a":1}'), { ...id, revision: 1, text: '{"a":1}' })
      assert.deepEqual(await others.read(id), { ...id, revision: 1, text: '{"a":1}' })
      assert.deepEqual(await write(others, id, '{"a":2}', 1), { ...id, revision: 2, text: '{"a":2}' })
      assert.deepEqual(await documents.read(id), { ...id, revision: 2, text: '{"a":2}' })
      assert.equal(await documents.remove(id, 2), 'removed')
      assert.equal(await others.read(id), null)
      assert.equal((await write(others, id, '{}')).revision, 1)
    },
  },
  {
    name: 'whoever has not the last revision changes nothing',
    async run(fixture) {
      const { documents } = await fixture.open()
      const { documents: others } = await fixture.open()
      assert.equal(await documents.write(id, { text: '0', revision: 1 }), 'conflict')
      assert.equal(await documents.remove(id, 1), 'conflict')
      assert.equal(await documents.read(id), null)
      await write(documents, id, '1')
      await write(others, id, '2', 1)
      for (const revision of [0, 1, 3])
        assert.equal(await documents.write(id, { text: '"late"', revision }), 'conflict')
      for (const revision of [0, 1, 3]) assert.equal(await documents.remove(id, revision), 'conflict')
      assert.deepEqual(await documents.read(id), { ...id, revision: 2, text: '2' })
      await others.remove(id, 2)
      assert.equal(await documents.write(id, { text: '"late"', revision: 2 }), 'conflict')
      assert.equal(await documents.remove(id, 2), 'conflict')
      assert.equal(await others.read(id), null)
    },
  },
  {
    name: 'of many who make, change or remove one revision at the same time, one succeeds',
    async run(fixture) {
      const hands = [(await fixture.open()).documents, (await fixture.open()).documents]
      const tries = [...hands, ...hands, ...hands]
      for (const revision of [0, 1, 2]) {
        const written = await Promise.all(
          tries.map((documents, number) => documents.write(id, { text: `${number}`, revision })),
        )
        const won = written.flatMap((one) => (one === 'conflict' ? [] : [one]))
        assert.equal(won.length, 1)
        assert.deepEqual(await hands[0]?.read(id), won[0])
      }
      const removed = await Promise.all(tries.map((documents) => documents.remove(id, 3)))
      assert.equal(removed.filter((one) => one === 'removed').length, 1)
    },
  },
  {
    name: 'no change is lost where several processes count in one document',
    async run(fixture) {
      const journals = [await fixture.open(), await fixture.open(), await fixture.open()]
      const count = async ({ documents }: { documents: Documents }) => {
        for (let counted = 0; counted < 8; ) {
          const found = await documents.read(id)
          const text = `${Number(found?.text ?? 0) + 1}`
          const written = await documents.write(id, { text, revision: found?.revision ?? 0 })
          if (written !== 'conflict') counted += 1
        }
      }
      await Promise.all(journals.map(count))
      assert.deepEqual(await journals[0]?.documents.read(id), { ...id, revision: 24, text: '24' })
    },
  },
]

const contentRules: readonly JournalRule[] = [
  {
    name: 'documents whose names look alike are apart',
    async run(fixture) {
      const { documents } = await fixture.open()
      const alike: DocumentId[] = [
        { kind: 'a-b', name: 'c' },
        { kind: 'a', name: 'b-c' },
        { kind: 'a', name: 'b.c' },
        { kind: 'a', name: 'b..c' },
        { kind: 'a', name: 'b.-c' },
        { kind: 'a.b', name: 'c' },
        { kind: 'a', name: `${'x'.repeat(98)}-1` },
        { kind: 'a', name: `${'x'.repeat(98)}.1` },
        { kind: `${'k'.repeat(31)}1`, name: '0' },
      ]
      for (const [number, at] of alike.entries()) await write(documents, at, `${number}`)
      for (const [number, at] of alike.entries())
        assert.deepEqual(await documents.read(at), { ...at, revision: 1, text: `${number}` })
    },
  },
  {
    name: 'a text is kept byte by byte, up to the largest',
    async run(fixture) {
      const { documents } = await fixture.open()
      const odd = JSON.stringify({
        'a\n"\\': ['\u2028', '👩‍🚀', '\u0000', ' : - # {{ }} $(x)', '\ud800', 'é'],
      })
      await write(documents, id, odd)
      assert.equal((await documents.read(id))?.text, odd)
      const largest = `"${'é'.repeat(MOST_BYTES / 2 - 1)}"`
      await write(documents, id, largest, 1)
      assert.equal((await (await fixture.open()).documents.read(id))?.text, largest)
      await assert.rejects(documents.write(id, { text: `${largest} `, revision: 2 }), RangeError)
      assert.equal((await documents.read(id))?.revision, 2)
    },
  },
  {
    name: 'a name that no journal takes is refused by every verb',
    async run(fixture) {
      const { documents } = await fixture.open()
      const names = ['', 'A', 'a/b', '-a', 'a-', '.a', 'a b', 'a\n', 'é', '../a', 'a'.repeat(101)]
      const bad = [
        ...names.map((name) => ({ kind: 'campaign', name })),
        ...[...names, 'a'.repeat(33)].map((kind) => ({ kind, name: 'one' })),
      ]
      for (const at of bad) {
        await assert.rejects(documents.read(at), RangeError)
        await assert.rejects(documents.write(at, { text: '1', revision: 0 }), RangeError)
        await assert.rejects(documents.remove(at, 1), RangeError)
      }
    },
  },
  {
    name: 'documents are lasting, and apart from the records of keys',
    async run(fixture) {
      const journal = await fixture.open()
      await put(journal, fixture, recordOf('one'))
      await write(journal.documents, id, '{"a":1}')
      assert.deepEqual(
        (await journal.list({ limit: 9 })).map(({ key }) => key),
        ['one'],
      )
      await journal.close()
      const { documents } = await fixture.open()
      assert.deepEqual(await documents.read(id), { ...id, revision: 1, text: '{"a":1}' })
    },
  },
]

export const documentRules: readonly JournalRule[] = [...changeRules, ...contentRules, ...documentPageRules]

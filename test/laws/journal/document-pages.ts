/* Rules about lists of shared documents, and about who is told of a change. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Documents } from '../../../src/contracts/documents.ts'
import { type JournalRule, writeDocument as write } from './fixture.ts'

async function namesOf(
  documents: Documents,
  kind: string,
  page: { after?: string; limit: number },
): Promise<string[]> {
  return (await documents.list(kind, page)).map(({ name }) => name)
}

export const documentPageRules: readonly JournalRule[] = [
  {
    name: 'documents of one kind are listed in the order of their names, page by page',
    async run(fixture) {
      const { documents } = await fixture.open()
      const names = ['b', 'a.1', 'a-1', 'a', '9', 'a1', '10', 'b-2']
      for (const name of names) await write(documents, { kind: 'message', name }, `"${name}"`)
      await write(documents, { kind: 'messages', name: 'other' }, '1')
      const inOrder = ['10', '9', 'a', 'a-1', 'a.1', 'a1', 'b', 'b-2']
      const all = await documents.list('message', { limit: 100 })
      assert.deepEqual(
        all,
        inOrder.map((name) => ({ kind: 'message', name, revision: 1, text: `"${name}"` })),
      )
      const paged: string[] = []
      for (let after: string | undefined; ; after = paged.at(-1)) {
        const page = await namesOf(documents, 'message', { limit: 3, ...(after ? { after } : {}) })
        paged.push(...page)
        if (page.length < 3) break
      }
      assert.deepEqual(paged, inOrder)
      assert.deepEqual(await namesOf(documents, 'message', { after: 'a', limit: 2 }), ['a-1', 'a.1'])
      assert.deepEqual(await namesOf(documents, 'message', { after: 'zz', limit: 2 }), [])
      assert.deepEqual(await namesOf(documents, 'budget', { limit: 2 }), [])
    },
  },
  {
    name: 'of many documents every page has its part, none left out and none twice',
    async run(fixture) {
      const { documents } = await fixture.open()
      const names = Array.from({ length: 250 }, (_, index) => `message-${String(index).padStart(3, '0')}`)
      for (let from = 0; from < names.length; from += 50) {
        const some = names.slice(from, from + 50)
        await Promise.all(some.map((name) => write(documents, { kind: 'message', name }, '1')))
      }
      const paged: string[] = []
      for (let after: string | undefined; ; after = paged.at(-1)) {
        const page = await namesOf(documents, 'message', { limit: 60, ...(after ? { after } : {}) })
        paged.push(...page)
        if (page.length < 60) break
      }
      assert.deepEqual(paged, names)
    },
  },
  {
    name: 'a list that begins anew shows what has changed since',
    async run(fixture) {
      const { documents } = await fixture.open()
      const { documents: others } = await fixture.open()
      for (const name of ['a', 'b', 'c', 'd']) await write(documents, { kind: 'message', name }, '1')
      assert.deepEqual(await namesOf(documents, 'message', { limit: 2 }), ['a', 'b'])
      await others.remove({ kind: 'message', name: 'a' }, 1)
      await write(others, { kind: 'message', name: 'e' }, '1')
      await write(others, { kind: 'message', name: 'd' }, '2', 1)
      const [first, ...more] = await documents.list('message', { limit: 9 })
      assert.equal(first?.name, 'b')
      assert.deepEqual(
        more.map(({ name, revision }) => [name, revision]),
        [
          ['c', 1],
          ['d', 2],
          ['e', 1],
        ],
      )
    },
  },
  {
    name: 'what another one writes and removes is told by its kind to who watches',
    async run(fixture) {
      const { documents } = await fixture.open()
      const { documents: others } = await fixture.open()
      const { watch } = documents
      if (!watch) return
      const told = new Set<string | null>()
      const ending = new AbortController()
      const watching = watch.call(documents, (kind) => void told.add(kind), ending.signal)
      const until = async (kind: string, act: () => Promise<unknown>) => {
        told.clear()
        // It may take a moment until somebody watches.
        for (let tries = 0; tries < 100 && !told.has(kind); tries += 1) {
          await act()
          await sleep(50)
        }
        assert.ok(told.has(kind), `told of ${kind}: ${[...told].join(', ')}`)
      }
      let revision = 0
      await until('finding', async () => {
        revision = (await write(others, { kind: 'finding', name: 'one' }, `${revision}`, revision)).revision
      })
      let made = 0
      await until('pause', async () => {
        made = (await write(others, { kind: 'pause', name: 'one' }, '1', made)).revision
      })
      await sleep(200)
      await until('finding', () => others.remove({ kind: 'finding', name: 'one' }, revision))
      assert.ok(!told.has('pause'))
      ending.abort()
      await watching
    },
  },
]

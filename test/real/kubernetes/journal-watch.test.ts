import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Journal } from '../../../src/contracts/journal.ts'
import { machine } from '../../../src/machine.ts'
import { put, recordOf, take } from '../../laws/journal/fixture.ts'
import { makeKey } from '../../shared/stand-ins/kubernetes/journal-fixture.ts'
import { eventually, useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()
const { fixture, direct, faulty } = rig

describe('a watch', () => {
  async function watching(journal: Journal, run: (seen: (string | null)[]) => Promise<void>): Promise<void> {
    const [seen, stop] = [[] as (string | null)[], new AbortController()]
    const ended = journal.watch?.((key) => seen.push(key), stop.signal)
    await eventually(() => seen.includes(null), 'the first look at everything')
    await run(seen)
    stop.abort()
    await ended
  }

  test('tells which key was committed or let go, and nothing of renewals; lists come from memory meanwhile', async () => {
    const [one, two] = [direct(), direct()]
    await put(two, fixture, recordOf('api', { lastMark: 1 }))
    await watching(one, async (seen) => {
      await put(two, fixture, recordOf('web', { lastMark: 4, wakeAt: 5 }))
      await eventually(() => seen.includes('web'), 'web')
      await eventually(async () => (await one.list({ limit: 9 })).length === 2, 'both keys in the list')
      assert.deepEqual(
        (await one.list({ wakeBefore: 9, limit: 9 })).map(({ key }) => key),
        ['web'],
      )
      const claim = await take(two, fixture)
      await machine.clock.sleep(300)
      const before = seen.length
      await two.renew(claim)
      await two.renew(claim)
      await machine.clock.sleep(300)
      assert.equal(seen.length, before)
      await two.release(claim)
      await eventually(() => seen.length > before, 'the release')
      // Its own commits are there at once.
      await put(one, fixture, recordOf('api', { lastMark: 2 }))
      assert.equal((await one.list({ limit: 9 }))[0]?.lastMark, 2)
      await rig.kubectl('delete', 'mkey', 'web')
      await eventually(
        async () => (await one.list({ limit: 9 })).length === 1,
        'the deleted key left the list',
      )
    })
  })

  test('that breaks is reported, and lists are read from the server again', async () => {
    const journal = faulty({ giveUp: '1ms' })
    await put(direct(), fixture, recordOf('web', { lastMark: 1 }))
    rig.proxy.arm({ action: { kind: 'cut-before' }, when: ({ path }) => path.includes('watch=1') })
    await assert.rejects(async () => journal.watch?.(() => undefined, new AbortController().signal), {
      code: 'unavailable',
    })
    assert.equal((await journal.list({ limit: 9 }))[0]?.lastMark, 1)
  })

  test('of 1,000 keys: declared with one request each, listed in pages, then nothing is asked for', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `key-${String(index).padStart(4, '0')}`)
    await direct().declare?.(names.map((name) => makeKey(name)))
    for (const name of names.slice(0, 20)) await put(direct(), fixture, recordOf(name, { lastMark: 1 }))
    const journal = faulty()
    rig.proxy.forget()
    assert.equal((await journal.list({ limit: 5_000 })).length, 20)
    assert.deepEqual(
      rig.proxy.requests.map(({ method }) => method),
      Array.from({ length: 10 }, () => 'GET'),
    )
    await watching(direct(), async (seen) => {
      const before = seen.length
      await put(direct(), fixture, recordOf('key-0999', { lastMark: 9 }))
      await eventually(() => seen.length > before, 'the change')
      assert.deepEqual([...new Set(seen.slice(before))], ['key-0999'])
    })
  }, 240_000)
})

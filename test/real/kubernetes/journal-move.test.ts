import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Claim } from '../../../src/contracts/journal.ts'
import { entryOf, put, recordOf, take } from '../../laws/journal/fixture.ts'
import { useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()
const { fixture, direct, faulty } = rig

describe('a move', () => {
  const MAX_REQUESTS = 8

  /** A mover whose claims may be taken over at once, as if it were gone. */
  async function prepare(name: string) {
    const [mover, other] = [faulty({ giveUp: '1ms' }), direct()]
    const [from, to] = [`web-${name}`, `site-${name}`]
    await put(other, fixture, recordOf(from, { lastMark: 7 }), [entryOf(from, 'w1')])
    const claims = {
      from: await take(mover, fixture, from, 'gone'),
      to: await take(mover, fixture, to, 'gone'),
    }
    const request = { record: recordOf(to, { lastMark: 7 }), audit: [entryOf(to, 'was web')] }
    const names = async () =>
      (await other.list({ limit: 99 })).map(({ key }) => key).filter((key) => key === from || key === to)
    /** Both names, the new one first, which is the worse order. */
    const takeBoth = async () => [
      await take(other, fixture, to, 'two'),
      await take(other, fixture, from, 'two'),
    ]
    rig.proxy.forget()
    return { from, to, move: () => mover.move(claims.from, claims.to, request), names, takeBoth, other }
  }

  test('that is cut off at any of its requests leaves the record under exactly one name, and the next claim goes on from there', async () => {
    const ends: string[] = []
    for (let skip = 0; skip < MAX_REQUESTS; skip += 1) {
      const { to, move, names, takeBoth, other } = await prepare(`a${skip}`)
      rig.proxy.arm({ action: { kind: 'cut-before' }, skip, times: Number.POSITIVE_INFINITY })
      const ended = await move().then(
        () => 'moved',
        () => 'failed',
      )
      rig.proxy.clear()
      const found = await names()
      assert.equal(found.length, 1, `after request ${skip}: ${found}`)
      const claims = await takeBoth()
      assert.deepEqual(
        claims.flatMap(({ record }) => record?.key ?? []),
        found,
      )
      assert.deepEqual(await names(), found)
      if (ended === 'moved') assert.deepEqual(found, [to])
      assert.equal((await other.trail({ key: found[0] ?? '', limit: 9 }))[0]?.text, 'w1')
      ends.push(`${ended} ${found[0] === to}`)
    }
    // Every kind of end was met: nothing done, the record moved without the last write, all done.
    assert.deepEqual([...new Set(ends)], ['failed false', 'failed true', 'moved true'])
  }, 60_000)

  test('whose keys are taken over before any of its requests never has a record twice, and never loses it', async () => {
    for (let skip = 0; skip < MAX_REQUESTS; skip += 1) {
      const { move, names, takeBoth } = await prepare(`b${skip}`)
      let claims: Claim[] = []
      const run = async () => {
        claims = await takeBoth()
      }
      rig.proxy.arm({ action: { kind: 'meanwhile', run }, skip })
      const ended = await move().then(
        () => 'moved',
        () => 'failed',
      )
      const found = await names()
      assert.equal(found.length, 1, `before request ${skip}: ${found}`)
      if (claims.length === 0) assert.equal(ended, 'moved')
      else
        assert.deepEqual(
          claims.flatMap(({ record }) => record?.key ?? []),
          found,
        )
    }
  }, 60_000)
})

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Claim } from '../../../src/contracts/journal.ts'
import { machine } from '../../../src/machine.ts'
import { advance, entryOf, put, recordOf, refuses, take } from '../../laws/journal/fixture.ts'
import type { SeenRequest } from '../../shared/network/fault-proxy.ts'
import { conflict, isStatusPatch, useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()
const { fixture, direct, faulty } = rig

async function annotate(key: string): Promise<void> {
  await rig.kubectl('annotate', 'managedkey', key, `test/at=${machine.random(8)}`, '--overwrite')
}

describe('a claim is not lost', () => {
  test('to a person who edits annotations between any two writes', async () => {
    const journal = faulty()
    let claim = await take(journal, fixture)
    rig.proxy.arm({
      action: { kind: 'meanwhile', run: () => annotate('web') },
      when: isStatusPatch,
      times: 6,
    })
    for (let count = 1; count <= 3; count += 1)
      claim = advance(
        claim,
        await journal.commit(claim, { record: recordOf('web', { lastMark: count }), audit: [] }),
      )
    await journal.renew(claim)
    await journal.release(claim)
    assert.equal((await direct().load('web')).record?.lastMark, 3)
  })

  test('to conflicts on every second update', async () => {
    const journal = faulty()
    let claim = await take(journal, fixture)
    let updates = 0
    const everySecond = (request: SeenRequest) => isStatusPatch(request) && ++updates % 2 === 1
    rig.proxy.arm({ action: conflict, when: everySecond, times: Number.POSITIVE_INFINITY })
    for (let count = 1; count <= 5; count += 1)
      claim = advance(
        claim,
        await journal.commit(claim, {
          record: recordOf('web', { lastMark: count }),
          audit: [entryOf('web', `${count}`)],
        }),
      )
    rig.proxy.clear()
    const seen = await direct().load('web')
    assert.deepEqual([seen.record?.lastMark, seen.revision, claim.revision], [5, 5, 5])
    assert.equal((await direct().trail({ key: 'web', limit: 99 })).length, 5)
  })

  test('to an answer that was lost after the commit was written', async () => {
    const journal = faulty()
    const claim = await take(journal, fixture)
    rig.proxy.arm({ action: { kind: 'cut-after' }, when: isStatusPatch })
    const receipt = await journal.commit(claim, {
      record: recordOf('web', { lastMark: 7 }),
      audit: [entryOf('web', 'once')],
    })
    assert.equal(receipt.revision, 1)
    const [seen, trail] = [await direct().load('web'), await direct().trail({ key: 'web', limit: 9 })]
    assert.deepEqual([seen.record?.lastMark, seen.revision, trail.length], [7, 1, 1])
    await journal.release(advance(claim, receipt))
  })

  test('to answers that are lost before the write, to claims, renewals and releases', async () => {
    const journal = faulty()
    for (const kind of ['cut-before', 'cut-after'] as const) {
      rig.proxy.arm({ action: { kind }, when: isStatusPatch })
      const claim = await take(journal, fixture)
      rig.proxy.arm({ action: { kind }, when: isStatusPatch })
      const receipt = await journal.renew(claim)
      rig.proxy.arm({ action: { kind }, when: isStatusPatch })
      const next = advance(
        claim,
        await journal.commit(advance(claim, receipt), { record: recordOf('web'), audit: [] }),
      )
      rig.proxy.arm({ action: { kind }, when: isStatusPatch })
      await journal.release(next)
      assert.equal((await direct().load('web')).lease, null)
    }
  })
})

describe('a claim that is lost', () => {
  test('is reported so, also after an answer that was lost, and nothing of it is written', async () => {
    const [slow, other] = [faulty(), direct()]
    const claim = await take(slow, fixture)
    await other.claim('web', { holder: 'two', leaseMs: fixture.leaseMs })
    await machine.clock.sleep(fixture.leaseMs + 100)
    let taken: Claim | 'held' = 'held'
    const takeOver = async () => {
      taken = await other.claim('web', { holder: 'two', leaseMs: fixture.leaseMs })
    }
    rig.proxy.arm({ action: { kind: 'cut-before', run: takeOver }, when: isStatusPatch })
    await refuses(slow.commit(claim, { record: recordOf('web', { lastMark: 1 }), audit: [] }), 'lost-claim')
    assert.notEqual(taken, 'held')
    assert.equal((await other.load('web')).record, null)
  })

  test('by a write that was answered too late: it meets another version', async () => {
    const journal = faulty({ requestLimit: '300ms' })
    const claim = await take(journal, fixture)
    rig.proxy.arm({ action: { kind: 'delay', delayMs: 900 }, when: isStatusPatch })
    const receipt = await journal.commit(claim, {
      record: recordOf('web', { lastMark: 1 }),
      audit: [entryOf('web', 'a')],
    })
    const after = await journal.commit(advance(claim, receipt), {
      record: recordOf('web', { lastMark: 2 }),
      audit: [],
    })
    await machine.clock.sleep(1_200)
    const seen = await direct().load('web')
    assert.deepEqual([seen.record?.lastMark, seen.revision, after.revision], [2, 2, 2])
  })
})

describe('an API server in trouble', () => {
  test('that is busy is asked again after the time that it names', async () => {
    const journal = faulty()
    await put(journal, fixture, recordOf('web', { lastMark: 1 }))
    rig.proxy.arm({ action: { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }, times: 2 })
    const startedAt = machine.clock.monotonicMs()
    assert.equal((await journal.load('web')).record?.lastMark, 1)
    assert.ok(machine.clock.monotonicMs() - startedAt >= 2_000)
  })

  test('that fails or is silent for a moment is asked again, and one that stays so is unavailable', async () => {
    const journal = faulty({ requestLimit: '300ms', giveUp: '2s' })
    await put(journal, fixture, recordOf('web', { lastMark: 1 }))
    rig.proxy.arm({ action: { kind: 'answer', status: 500 }, times: 2 })
    rig.proxy.arm({ action: { kind: 'hang' } })
    assert.equal((await journal.load('web')).record?.lastMark, 1)
    rig.proxy.arm({ action: { kind: 'answer', status: 503 }, times: Number.POSITIVE_INFINITY })
    await refuses(journal.load('web'), 'unavailable')
    await refuses(journal.claim('web', { holder: 'one', leaseMs: 1_000 }), 'unavailable')
  })
})

test('five workers that contend for twenty keys drive each of them one at a time', async () => {
  const workers = await Promise.all(Array.from({ length: 5 }, async () => direct()))
  const keys = Array.from({ length: 20 }, (_, index) => `key-${String(index).padStart(2, '0')}`)
  const driving = new Set<string>()
  await Promise.all(
    workers.map(async (journal, worker) => {
      for (const key of keys) {
        const claim = await journal.claim(key, { holder: `worker-${worker}`, leaseMs: 30_000 })
        if (claim === 'held') continue
        assert.ok(!driving.has(key), `${key} is driven twice`)
        driving.add(key)
        const lastMark = (claim.record?.lastMark ?? 0) + 1
        const receipt = await journal.commit(claim, {
          record: recordOf(key, { lastMark }),
          audit: [entryOf(key, `by ${worker}`)],
        })
        driving.delete(key)
        await journal.release(advance(claim, receipt))
      }
    }),
  )
  for (const key of keys) {
    const { record, revision, lease } = await direct().load(key)
    assert.deepEqual([record?.lastMark, lease], [revision, null])
    assert.equal((await direct().trail({ key, limit: 99 })).length, revision)
  }
}, 60_000)

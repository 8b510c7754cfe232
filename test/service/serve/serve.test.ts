import { expect, test } from 'vitest'
import { DAY_MS, goBy, HOUR_MS, MINUTE_MS, makeServedRig, startServing } from './rig.ts'

test('a key that is new is adopted at once, and rotated at the moment its age asks for, not before', async () => {
  const rig = makeServedRig({ policy: { everyMs: 20 * DAY_MS } })
  const process = startServing(rig)
  await goBy(rig, MINUTE_MS)
  const { current } = await rig.record()
  expect(current?.adopted).toBe(true)
  const next = (current?.since ?? 0) + rig.key.policy.everyMs
  await goBy(rig, next - rig.now() - 2 * DAY_MS)
  expect(rig.space.calls.issue).toBeUndefined()
  await goBy(rig, 2 * DAY_MS + MINUTE_MS)
  expect((await rig.record()).last).toMatchObject({ end: 'completed', reason: 'age' })
  expect(rig.space.calls.issue).toBe(1)
  process.stop()
  expect(await process.ended).toEqual({ left: [] })
  expect(process.failed).toEqual([])
})

test('nothing due for ten minutes: the journal is only watched; a day costs 96 lists and one look for each lookEvery', async () => {
  const rig = makeServedRig()
  const process = startServing(rig)
  await goBy(rig, 16 * MINUTE_MS)
  const before = { ...process.calls }
  await goBy(rig, 10 * MINUTE_MS)
  expect(process.calls).toEqual(before)
  await goBy(rig, DAY_MS)
  const during = Object.entries(process.calls).map(([call, count]) => [call, count - (before[call] ?? 0)])
  expect(Object.fromEntries(during.filter(([, count]) => count !== 0))).toEqual({
    'journal.list': 96,
    // One before each look, and one because the note of the look is a change that somebody may have made.
    'journal.load': 8,
    'journal.holders': 4,
    'journal.noteLooks': 4,
    'store.read': 4,
  })
  process.stop()
  await process.ended
})

test('a request that another process leaves in the journal is noticed at once', async () => {
  const rig = makeServedRig()
  const process = startServing(rig)
  await goBy(rig, HOUR_MS)
  const other = rig.process()
  const claim = await other.journal.claim('video', { holder: 'other', leaseMs: 1_000 })
  if (claim === 'held' || !claim.record) throw new Error('not claimed')
  const record = { ...claim.record, request: { reason: 'asked' as const, at: rig.now() } }
  await other.journal.commit(claim, { record, audit: [], release: true })
  const askedAt = rig.now()
  await goBy(rig, 5_000)
  expect((await rig.record()).last).toMatchObject({ end: 'completed', reason: 'asked' })
  expect((await rig.record()).last?.at).toBeLessThan(askedAt + 1_500)
  process.stop()
  await process.ended
})

import { expect, test } from 'vitest'
import { joinCompromised } from '../../src/workflow/people/report-leak.ts'
import { assertLive, killWithValue, makeWorkload, rotateAndDie, runToEnd } from './actors.ts'
import { type Around, makeRig, type Rig, type Setup } from './harness.ts'

/* Keys that are replaced in place: one current key, and at most one that it replaced. */

const HOUR = 3_600_000

function rigOf(issuer: Record<string, unknown> = {}, more: Setup = {}): Rig {
  return makeRig({ issuer: { lifecycle: 'roll', ...issuer }, ...more })
}

test('a roll with overlap: the old key ends by the end of its overlap, and nothing is revoked', async () => {
  const rig = rigOf()
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls).toMatchObject({ issue: 1, endOverlap: 1 })
  expect(rig.space.calls.revoke).toBeUndefined()
  expect(rig.accepted()).toEqual(rig.held())
})

test('a consumer fails: the old value is back, nothing is sent that ends it, and the deadline is shown', async () => {
  let first: string | null | undefined
  const app = makeWorkload({ state: (held) => (held === first ? 'ready' : 'failed') })
  const rig = rigOf({ oldKeyOnIssue: { diesAfter: '48h' } }, { consumers: { app } })
  first = rig.held()[0]
  app.attach(rig)
  const { record } = await rig.rotate()
  expect(record?.last?.end).toBe('rolled-back')
  expect(rig.space.calls.endOverlap).toBeUndefined()
  expect(rig.space.calls.revoke).toBeUndefined()
  assertLive(rig, [app])
  expect(rig.held()).toEqual([first])
  const at = new Date(record?.current?.expiresAt ?? 0).toISOString()
  expect(record?.violations).toMatchObject([{ kind: 'replaced-in-use', detail: expect.stringContaining(at) }])
  expect(rig.events.find((event) => event.kind === 'rollback')?.message).toContain(at)
  expect(rig.events.find((event) => event.kind === 'rotation-rolled-back')?.message).toContain(at)
})

test('after a rollback the next rotation continues with the key that is there, and never rolls again', async () => {
  let fails = true
  const app = makeWorkload({ tells: true, state: (held) => (held !== first && fails ? 'failed' : 'ready') })
  const rig = rigOf({ oldKeyOnIssue: { diesAfter: '48h' } }, { consumers: { app } })
  const first = rig.held()[0]
  app.attach(rig)
  await rig.rotate()
  fails = false
  rig.pass(HOUR)
  const { record } = await rig.rotate()
  expect(record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  expect(record?.kept).toBeUndefined()
  expect(record?.violations).toEqual([])
  assertLive(rig, [app])
  expect(rig.accepted()).toEqual(rig.held())
})

test('without reading back, the next rotation takes the value from the version that still holds it', async () => {
  let fails = true
  const app = makeWorkload({ tells: true, state: (held) => (held !== first && fails ? 'failed' : 'ready') })
  const rig = rigOf({ canReadBack: false }, { consumers: { app } })
  const first = rig.held()[0]
  app.attach(rig)
  await rig.rotate()
  fails = false
  rig.pass(HOUR)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig, [app])
})

test('the answer of a roll is lost: its value is read back, and nothing is left over', async () => {
  const rig = rigOf()
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  expect(rig.accepted()).toEqual(rig.held())
})

test('a roll hung and did not happen: the old key is read back after the quiet time, and it is asked for again', async () => {
  const rig = rigOf()
  rig.space.inject({ kind: 'hang', verb: 'issue' }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(2)
  assertLive(rig)
})

test('a roll takes effect late: it is waited for within the quiet time and not asked for twice', async () => {
  const rig = rigOf()
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 40 }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig)
})

test('a lost answer that nothing can show needs a person, who hears what another roll ends', async () => {
  const rig = rigOf({ canReadBack: false })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).end).toBe('standing')
  const { hold } = await rig.rotation()
  expect(hold).toMatchObject({ reason: 'answer-lost-needs-a-person' })
  expect(hold?.detail).toContain('creating another ends the key in use at once')
  await rig.run()
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig)
})

test('the process dies with the value of the new key: it is read back, not rolled again', async () => {
  const rig = rigOf()
  await rotateAndDie(rig, killWithValue())
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig)
})

test('somebody rolled at the dashboard before: the rotation continues with that key', async () => {
  const rig = rigOf()
  await rig.run()
  const [old] = rig.space.keys
  if (old) old.revoked = true
  const other = rig.space.addKey({ name: 'by hand' })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBeUndefined()
  expect(rig.live()).toEqual([other.id])
  assertLive(rig)
})

test('somebody rolls during the overlap: the overlap with our key is not ended', async () => {
  const rig = rigOf({ canReadBack: true }, { policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  const old = rig.space.keys[0]
  const ours = rig.space.keys.at(-1)
  if (ours) ours.revoked = true
  rig.space.addKey({ name: 'by hand' })
  rig.pass(60_001)
  expect((await rig.run()).end).toBe('standing')
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'drift' })
  expect(rig.space.calls.endOverlap).toBeUndefined()
  assertLive(rig)
  // It ends by itself, or by hand: then the rotation is over.
  if (old) old.deadFrom = rig.now()
  await runToEnd(rig)
  expect(rig.space.calls.endOverlap).toBeUndefined()
  assertLive(rig)
})

test('an end that comes by itself is waited for, with its time, and nothing is sent', async () => {
  const rig = rigOf({ oldKeyOnIssue: { diesAfter: '48h' }, canEndOverlap: false })
  expect((await rig.rotate()).end).toBe('waiting')
  const { hold, old } = await rig.rotation()
  expect(hold).toMatchObject({ reason: 'old-key-ends-by-itself', until: old?.diesAt })
  expect(hold?.detail).toContain(new Date(old?.diesAt ?? 0).toISOString())
  assertLive(rig)
  rig.pass(48 * HOUR)
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.revoke).toBeUndefined()
})

test('too little time is left: the new key stays, and a person removes the cause', async () => {
  let fails = false
  const app = makeWorkload({ tells: true, state: (held) => (held !== first && fails ? 'failed' : 'ready') })
  const rig = rigOf(
    { oldKeyOnIssue: { diesAfter: '48h' } },
    { consumers: { app }, policy: { overlapMs: 40 * HOUR } },
  )
  const first = rig.held()[0]
  app.attach(rig)
  expect((await rig.rotate()).end).toBe('waiting')
  fails = true
  rig.pass(40 * HOUR)
  expect((await rig.run()).end).toBe('standing')
  const { hold, step } = await rig.rotation()
  expect({ reason: hold?.reason, step }).toEqual({ reason: 'too-late-to-roll-back', step: 'revoke' })
  expect(hold?.detail).toContain('ends by itself at')
  expect(hold?.command).toBe('keyrota resume video')
  assertLive(rig, [app])
  fails = false
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
})

test('an overlap that outlasts the old key is refused before anything is made', async () => {
  const rig = rigOf({ oldKeyOnIssue: { diesAfter: '1h' } }, { policy: { overlapMs: 2 * HOUR } })
  expect((await rig.rotate()).end).toBe('standing')
  expect((await rig.rotation()).hold).toMatchObject({ reason: 'overlap-outlasts-the-old-key' })
  expect(rig.space.calls.issue).toBeUndefined()
})

test('the old key dies at once: the new one is deployed after the first probe that accepts it', async () => {
  const rig = rigOf({ oldKeyOnIssue: 'dies' }, { settleMs: 5_000, policy: { allowOutage: true } })
  let rolledAt = 0
  let writtenAt = 0
  const timed: Around = async (call, run) => {
    if (call === 'issuer.issue') rolledAt = rig.now()
    if (call === 'store.write') writtenAt = rig.now()
    return run()
  }
  expect((await rig.rotate({}, rig.process(timed))).record?.last?.end).toBe('completed')
  expect(writtenAt - rolledAt).toBeLessThan(100)
  expect(rig.space.calls.revoke).toBeUndefined()
  assertLive(rig)
})

test('the old key dies at once and the new one is active late: it is deployed as soon as it is accepted', async () => {
  const rig = rigOf({ oldKeyOnIssue: 'dies' }, { settleMs: 5_000, policy: { allowOutage: true } })
  rig.space.inject({ kind: 'activate-late', ms: 300 })
  const from = rig.now()
  let writtenAt = 0
  const timed: Around = async (call, run) => {
    if (call === 'store.write') writtenAt = rig.now()
    return run()
  }
  expect((await rig.rotate({}, rig.process(timed))).record?.last?.end).toBe('completed')
  expect(writtenAt - from).toBeLessThan(500)
  assertLive(rig)
})

test('the new key is reported leaked: forward without overlap, since going back would end the sound one', async () => {
  const rig = rigOf({}, { policy: { overlapMs: 60_000 } })
  await rig.rotate()
  const { end, record } = await rig.run({
    change: (changed, now) => joinCompromised(changed, { leaked: 'new' }, now),
  })
  expect({ end, last: record?.last?.end }).toEqual({ end: 'ended', last: 'completed' })
  expect(record?.request).toMatchObject({ reason: 'compromised', leaked: 'old' })
  assertLive(rig)
})

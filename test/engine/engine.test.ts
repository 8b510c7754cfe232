import { expect, test } from 'vitest'
import { JournalError, LeaseOverError } from '../../src/contracts/errors.ts'
import type { Claim, Journal, Receipt } from '../../src/contracts/journal.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { ClaimedKey } from '../../src/engine/claimed-key.ts'
import type { CallReport } from '../../src/engine/context.ts'
import { limitCall } from '../../src/engine/limit-call.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'
import { assertSafe, leaseRunsOut, runToEnd } from './actors.ts'
import { makeRig } from './harness.ts'

const lost = () => new JournalError('unavailable', 'no answer', 'Try again.')

test('a process stops for longer than its lease: another takes over, and the first sends nothing any more', async () => {
  // The limit of the call is longer than the stop, so that the lease alone forbids the write.
  const rig = makeRig({ leaseMs: 150, policy: { callLimitMs: 700, giveUpMs: 5_000 } })
  let wake = () => {}
  const frozen = new Promise<void>((resolve) => {
    wake = resolve
  })
  let isFrozen = false
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'store.write') isFrozen = true
    if (isFrozen) await frozen
    return run()
  }
  const first = rig.rotate({}, rig.process(around)).catch((error: unknown) => error)
  while (!isFrozen) await rig.clock.sleep(2)
  await rig.clock.sleep(200)
  await leaseRunsOut(rig)
  const second = runToEnd(rig)
  wake()
  expect(await first).toBeInstanceOf(LeaseOverError)
  expect(rig.secrets.calls.write).toBeUndefined()
  await second
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('the answer of a commit is lost, each time: the journal is looked up before anything is performed', async () => {
  const rig = makeRig()
  let commits = 0
  const around = async (call: string, run: () => Promise<unknown>) => {
    const answer = await run()
    if (call !== 'journal.commit') return answer
    commits += 1
    throw lost()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('completed')
  expect(commits).toBeGreaterThan(7)
  expect(rig.space.calls.issue).toBe(1)
  assertSafe(rig)
})

test('a commit never arrives: it is sent again', async () => {
  const rig = makeRig()
  let commits = 0
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'journal.commit' && ++commits % 2 === 1) throw lost()
    return run()
  }
  expect((await rig.rotate({}, rig.process(around))).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

test('a commit fails each time while the lease is renewed: it is given up with the lease it began under', async () => {
  const rig = makeRig({ leaseMs: 2_000 })
  const start = rig.now()
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'journal.commit') throw lost()
    return run()
  }
  await expect(rig.rotate({}, rig.process(around))).rejects.toMatchObject({ code: 'unavailable' })
  expect(rig.now() - start).toBeLessThan(4_000)
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a commit lands behind the back of its repeat: it is known as our own', async () => {
  const rig = makeRig()
  let commits = 0
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call !== 'journal.commit' || ++commits !== 3) return run()
    rig.clock.after(25, () => void run().catch(() => {}))
    throw lost()
  }
  await rig.rotate({}, rig.process(around)).catch(() => rig.pass(3_000))
  await runToEnd(rig)
  assertSafe(rig)
})

test('the clock jumps during the overlap: it begins again', async () => {
  const rig = makeRig({ policy: { overlapMs: 800 }, leaseMs: 900 })
  const start = rig.clock.monotonicMs()
  const rotating = rig.rotate()
  rig.clock.after(300, () => rig.clock.jump(86_400_000))
  expect((await rotating).record?.last?.end).toBe('completed')
  expect(rig.clock.monotonicMs() - start).toBeGreaterThanOrEqual(1_100)
  assertSafe(rig)
})

test('the clock jumps while a decision asks its questions: it is not made by the new time', async () => {
  const rig = makeRig({ policy: { overlapMs: 200 }, leaseMs: 60, issuer: { canDisable: false } })
  await rig.run()
  let jumped = 0
  let revoked = 0
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'issuer.probe' && rig.secrets.calls.write && !jumped) {
      const { rotation } = await rig.record()
      if (rotation?.overlapUntil) {
        jumped = rig.clock.monotonicMs()
        rig.clock.jump(86_400_000)
        // Long enough for a renewal to bring the new time.
        await rig.clock.sleep(45)
      }
    }
    if (call === 'issuer.revoke') revoked = rig.clock.monotonicMs()
    return run()
  }
  const { record } = await rig.rotate({}, rig.process(around))
  expect(record?.last?.end).toBe('completed')
  expect(jumped).toBeGreaterThan(0)
  expect(revoked - jumped).toBeGreaterThanOrEqual(200)
  assertSafe(rig)
})

test('a run that waits no longer leaves the overlap to the next one', async () => {
  const rig = makeRig({ waitMs: 50, policy: { overlapMs: 60_000 } })
  expect((await rig.rotate()).end).toBe('waiting')
  const { wakeAt, rotation } = await rig.record()
  expect(wakeAt).toBe(rotation?.overlapUntil)
  rig.pass(60_000)
  await runToEnd(rig)
  assertSafe(rig)
})

test('a key whose value is only in memory is settled although the run would wait no longer', async () => {
  const rig = makeRig({ waitMs: 60, settleMs: 60 })
  const { record } = await rig.rotate()
  expect(record?.rotation?.step ?? record?.last?.end).not.toBe('create')
  await runToEnd(rig)
  expect(rig.space.calls.issue).toBe(1)
  assertSafe(rig)
})

test('a target is down as the key is made: the process holds the value for as long as its run lasts', async () => {
  const rig = makeRig({ waitMs: 300, policy: { retryMinMs: 400, retryMaxMs: 400, giveUpMs: 5_000 } })
  rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'unavailable' }, 1)
  const start = rig.now()
  expect((await rig.rotate()).end).toBe('waiting')
  expect(rig.now() - start).toBeGreaterThanOrEqual(290)
})

test('a settle time longer than the run waits is refused before anything is made', async () => {
  const rig = makeRig({ waitMs: 50, settleMs: 60_000 })
  await expect(rig.rotate()).rejects.toThrow('settle time')
  expect(rig.space.calls.issue).toBeUndefined()
})

test('asked to stop: the key is let go at once, and another process goes on', async () => {
  const rig = makeRig({ waitMs: 120_000, policy: { overlapMs: 60_000 } })
  const stop = new AbortController()
  const rotating = rig.rotate({}, { ...rig.context, stop: stop.signal })
  rig.clock.after(60, () => stop.abort())
  expect((await rotating).end).toBe('stopped')
  rig.pass(60_000)
  expect((await rig.run()).record?.last?.end).toBe('completed')
  assertSafe(rig)
})

function fakeJournal(answers: Partial<Journal>): Journal {
  return answers as Journal
}

const claim: Claim = {
  key: 'k',
  claimId: 'c',
  fence: 1,
  record: null,
  revision: 5,
  now: 1_000,
  leaseUntil: 1_300,
}

test('a renewal that is answered late does not set the revision back', async () => {
  let answer: (receipt: Receipt) => void = () => {}
  const seen: number[] = []
  const journal = fakeJournal({
    renew: () => new Promise((resolve) => (answer = resolve)),
    commit: async (by) => {
      seen.push(by.revision)
      return { revision: by.revision + 1, now: 1_100, leaseUntil: 1_400 }
    },
  })
  const clock = new VirtualClock()
  const claimed = new ClaimedKey({ journal, clock, leaseMs: 60 }, claim)
  await clock.sleep(30)
  const record = newRecord('k', 'i')
  await claimed.commit({ record, audit: [] })
  answer({ revision: 5, now: 1_110, leaseUntil: 1_410 })
  await Promise.resolve()
  await claimed.commit({ record, audit: [], release: true })
  expect(seen).toEqual([5, 6])
})

test('the lease is counted from when it was asked for, however late its answer comes', () => {
  const clock = new VirtualClock()
  clock.pass(301)
  const claimed = new ClaimedKey({ journal: fakeJournal({}), clock, leaseMs: 300 }, claim, 0)
  expect(claimed.beforeSend).toThrow(LeaseOverError)
})

test('an intent names the latest end that its lease may have, in whole milliseconds: a slow response may be as old as it took', () => {
  const clock = new VirtualClock()
  clock.pass(39.6)
  const claimed = new ClaimedKey({ journal: fakeJournal({}), clock, leaseMs: 300 }, claim, 0)
  expect(claimed.leaseUntil()).toBe(claim.now + 40 + 300)
})

test('a verb that goes on after its time sends nothing any more', async () => {
  let sent = 0
  const count = () => {
    sent += 1
  }
  const clock = new VirtualClock()
  const told: CallReport[] = []
  const hand = { clock, beforeSend: count, watch: { called: (report: CallReport) => void told.push(report) } }
  const limited = { provider: 'gateway', verb: 'revoke', limitMs: 10 }
  const call = limitCall(hand, limited, async ({ signal, beforeSend }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    beforeSend()
  })
  await expect(call).rejects.toThrow('no answer within 10 ms')
  expect(sent).toBe(0)
  expect(told).toEqual([{ provider: 'gateway', verb: 'revoke', code: 'timeout', durationMs: 10 }])
})

/* One call of a provider: when its time begins, what it costs, and what a wait for its turn must not do. */
import { describe, expect, test } from 'vitest'
import type { BudgetedCall, CallBudget, Turn } from '../../src/contracts/budget.ts'
import type { Call } from '../../src/contracts/call.ts'
import { LeaseOverError, ProviderError } from '../../src/contracts/errors.ts'
import type { CallReport } from '../../src/engine/context.ts'
import { limitCall } from '../../src/engine/limit-call.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'
import { makeRig } from './harness.ts'

type Ended = Parameters<Turn['end']>[0]

/** A budget on which every turn comes after so long. */
function waitingBudget(clock: VirtualClock, waitMs: (call: BudgetedCall) => number) {
  const taken: BudgetedCall[] = []
  const ended: Ended[] = []
  const budget: CallBudget = {
    async take(call) {
      taken.push(call)
      const ms = waitMs(call)
      await clock.sleep(Math.min(ms, call.waitMs))
      if (ms > call.waitMs) throw throttled(1_000)
      return { waitedMs: ms, end: (outcome) => void ended.push(outcome) }
    },
    costs: async () => [],
    states: () => [],
  }
  return { budget, taken, ended }
}

function throttled(retryAfterMs: number): ProviderError {
  return new ProviderError({
    ...{ code: 'throttled', provider: 'store', message: 'too many', effect: 'none', nextStep: 'Wait.' },
    retryAfterMs,
  })
}

function makeHand(waitMs: (call: BudgetedCall) => number) {
  const clock = new VirtualClock()
  const { budget, taken, ended } = waitingBudget(clock, waitMs)
  const reports: CallReport[] = []
  const hand = {
    clock,
    budget,
    beforeSend: () => {},
    watch: { called: (one: CallReport) => void reports.push(one) },
  }
  return { clock, hand, taken, ended, reports }
}

const about = { provider: 'store', verb: 'write', limitMs: 1_000 }

describe('a turn', () => {
  test('that comes late takes nothing of the time of the call', async () => {
    const { hand, clock, ended, reports } = makeHand(() => 15_000)
    const answer = await limitCall({ ...hand, turnWaitMs: 20_000 }, about, async ({ signal }) => {
      await clock.sleep(900, signal)
      return signal.aborted ? 'aborted' : 'done'
    })
    expect(answer).toBe('done')
    expect(reports).toMatchObject([{ code: 'ok', durationMs: 900 }])
    expect(ended).toEqual([{ requests: 0, throttled: false, retryAfterMs: undefined }])
  })

  test('counts the requests that were sent, and those that the lease did not cover are none', async () => {
    const { hand, ended } = makeHand(() => 0)
    let left = 3
    const beforeSend = () => {
      if (left-- === 0) throw new LeaseOverError()
    }
    const sending = async (call: Call) => {
      for (;;) call.beforeSend()
    }
    await expect(limitCall({ ...hand, beforeSend }, about, sending)).rejects.toThrow(LeaseOverError)
    expect(ended).toMatchObject([{ requests: 3, throttled: false }])
  })

  test('is ended with what the service refused, also where a result says so', async () => {
    const { hand, ended } = makeHand(() => 0)
    const refuse = () => Promise.reject(throttled(7_000))
    await expect(limitCall(hand, about, refuse)).rejects.toMatchObject({ code: 'throttled' })
    await limitCall(
      hand,
      about,
      async () => 'slow down',
      (said) => (said === 'slow down' ? {} : undefined),
    )
    await limitCall(
      hand,
      about,
      async () => 'fine',
      (said) => (said === 'slow down' ? {} : undefined),
    )
    expect(ended).toMatchObject([
      { throttled: true, retryAfterMs: 7_000 },
      { throttled: true },
      { throttled: false },
    ])
  })

  test('that does not come sends nothing', async () => {
    const { hand, ended, reports } = makeHand(() => 60_000)
    let isSent = false
    const sending = limitCall({ ...hand, turnWaitMs: 5_000 }, about, async () => {
      isSent = true
    })
    await expect(sending).rejects.toMatchObject({ code: 'throttled', effect: 'none' })
    expect(isSent).toBe(false)
    expect(ended).toEqual([])
    expect(reports).toMatchObject([{ code: 'not_sent' }])
  })
})

describe('a rotation whose calls wait for their turn', () => {
  const policy = { callLimitMs: 500, giveUpMs: 3_600_000, retryMinMs: 1_000, retryMaxMs: 5_000 }

  test('is completed, with every wait within a third of its lease', async () => {
    const rig = makeRig({ waitMs: 3_600_000, leaseMs: 30_000, policy })
    const { budget, taken } = waitingBudget(rig.clock, () => 8_000)
    const { end, record } = await rig.rotate({}, { ...rig.process(), budget })
    expect(end).toBe('ended')
    expect(record?.last?.end).toBe('completed')
    expect(taken.length).toBeGreaterThan(8)
    expect(new Set(taken.map(({ waitMs }) => waitMs))).toEqual(new Set([10_000]))
    expect(rig.accepted()).toEqual([record?.current?.fingerprint])
  })

  test('goes on after turns that did not come, and nothing is sent twice', async () => {
    const rig = makeRig({ waitMs: 3_600_000, leaseMs: 30_000, policy })
    let refusals = 6
    const { budget } = waitingBudget(rig.clock, ({ verb }) =>
      (verb === 'write' || verb === 'issue' || verb === 'revoke') && refusals-- > 0 ? 60_000 : 1,
    )
    const { end, record } = await rig.rotate({}, { ...rig.process(), budget })
    expect(end).toBe('ended')
    expect(record?.last?.end).toBe('completed')
    expect(rig.space.calls).toMatchObject({ issue: 1, revoke: 1 })
  })

  test('of a key that leaked asks for every turn as urgent, any other one for none', async () => {
    for (const compromised of [undefined, { leaked: 'old' as const }]) {
      const rig = makeRig({ waitMs: 3_600_000, leaseMs: 30_000, policy })
      const { budget, taken } = waitingBudget(rig.clock, () => 1)
      const reason = compromised ? ('compromised' as const) : ('asked' as const)
      const start = () => ({ id: '20261127-urgent', reason, ...(compromised ? { compromised } : {}) })
      await rig.rotate({ start }, { ...rig.process(), budget })
      const writes = taken.filter(({ verb }) => verb === 'write' || verb === 'issue' || verb === 'revoke')
      expect(writes.length).toBeGreaterThan(2)
      expect(new Set(writes.map(({ isUrgent }) => isUrgent))).toEqual(new Set([compromised !== undefined]))
    }
  })
})

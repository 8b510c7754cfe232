import { describe, expect, test } from 'vitest'
import { JournalError, ProviderError } from '../../src/contracts/errors.ts'
import { BudgetRig, CountingService, sendAll } from './rig.ts'

describe('a process alone', () => {
  test('asks nobody for the few calls of a single rotation', async () => {
    const rig = new BudgetRig()
    const budget = rig.worker('one')
    const service = new CountingService(rig.clock, 50)
    for (let rotation = 0; rotation < 20; rotation += 1) {
      await sendAll(budget, service, { count: 10, atOnce: 10, clock: rig.clock })
      await rig.clock.sleep(20_000)
    }
    expect(rig.documents).toMatchObject({ reads: 0, writes: 0 })
  })

  test('uses all of a limit, never more of it in any second, and hardly asks the journal', async () => {
    const rig = new BudgetRig()
    const budget = rig.worker('one')
    const service = new CountingService(rig.clock, 50)
    const startedAt = rig.clock.monotonicMs()
    await sendAll(budget, service, { count: 10_000, clock: rig.clock })
    const tookMs = rig.clock.monotonicMs() - startedAt
    expect(tookMs).toBeLessThan((10_000 / 50) * 1_000 * 1.03)
    expect(service.between(0, Number.POSITIVE_INFINITY).refused).toBe(0)
    expect(service.mostWithin(1_000)).toBeLessThanOrEqual(60)
    expect(rig.documents.writes).toBeLessThan(100)
  })

  test('leaves when it needs little again', async () => {
    const rig = new BudgetRig()
    const budget = rig.worker('one')
    await sendAll(budget, new CountingService(rig.clock, 50), { count: 300, clock: rig.clock })
    expect(Object.keys((await rig.ledger())?.members as object)).toEqual(['one'])
    await rig.clock.sleep(30_000)
    expect((await rig.ledger())?.members).toEqual({})
  })
})

describe('several processes', () => {
  test.each([2, 5])(
    '%i share one limit, whatever their clocks say, and each gets its part',
    async (count) => {
      const rig = new BudgetRig()
      const service = new CountingService(rig.clock, 50)
      const startedAt = rig.clock.monotonicMs()
      const done = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const budget = rig.worker(`worker-${index}`, { aheadMs: (index - 1) * 3_600_000 })
          await sendAll(budget, service, { count: 6_000 / count, clock: rig.clock })
          return rig.clock.monotonicMs() - startedAt
        }),
      )
      const floorMs = (6_000 / 50) * 1_000
      expect(Math.max(...done)).toBeLessThan(floorMs * 1.1)
      // None had to wait for another one to be done.
      expect(Math.min(...done)).toBeGreaterThan(floorMs * 0.8)
      const { calls, refused } = service.between(0, Number.POSITIVE_INFINITY)
      expect(refused / calls).toBeLessThan(0.01)
      expect(rig.documents.writes).toBeLessThan(60 * count)
    },
  )

  test('what a killed process had is used by the others after a while, and nothing beyond the limit', async () => {
    const rig = new BudgetRig()
    const service = new CountingService(rig.clock, 50)
    const kill = new AbortController()
    const killed = sendAll(rig.worker('killed', { kill: kill.signal }), service, {
      ...{ count: 10_000, clock: rig.clock, kill: kill.signal },
    })
    const startedAt = rig.clock.monotonicMs()
    const alive = sendAll(rig.worker('alive'), service, { count: 3_000, clock: rig.clock })
    await rig.clock.sleep(20_000)
    kill.abort()
    const sent = await killed
    expect(sent).toBeGreaterThan(400)
    await alive
    const tookMs = rig.clock.monotonicMs() - startedAt
    // Both for twenty seconds, then one alone, and what the killed one had lay idle for a while.
    expect(tookMs).toBeLessThan(((3_000 + sent) / 50) * 1_000 + 0.5 * 20_000)
    expect(service.between(0, Number.POSITIVE_INFINITY).refused).toBe(0)
    expect(Object.keys((await rig.ledger())?.members as object)).toEqual(['alive'])
  })

  test('what a process had that is known to be gone is used at once', async () => {
    const rig = new BudgetRig()
    const service = new CountingService(rig.clock, 50)
    const kill = new AbortController()
    const killed = sendAll(rig.worker('gone', { kill: kill.signal }), service, {
      ...{ count: 10_000, clock: rig.clock, kill: kill.signal },
    })
    await rig.clock.sleep(10_000)
    kill.abort()
    await killed
    const startedAt = rig.clock.monotonicMs()
    await sendAll(rig.worker('alive'), service, { count: 1_000, clock: rig.clock })
    expect(rig.clock.monotonicMs() - startedAt).toBeLessThan(20_000 + 8_000)
  })

  test('a process that stood still uses nothing of what others have taken over', async () => {
    const rig = new BudgetRig()
    const kill = new AbortController()
    const budget = rig.worker('asleep', { kill: kill.signal })
    await sendAll(budget, new CountingService(rig.clock, 50), { count: 500, clock: rig.clock })
    expect(budget.states()[0]?.ownPerSecond).toBeGreaterThan(40)
    kill.abort()
    rig.clock.pass(60_000)
    await budget.take({ provider: 'cloud', verb: 'write', isUrgent: false, waitMs: 1_000 })
    expect(budget.states()[0]?.ownPerSecond).toBeLessThanOrEqual(1)
  })
})

describe('refusals', () => {
  test('a budget far above what the service bears comes down to that', async () => {
    const rig = new BudgetRig()
    const service = new CountingService(rig.clock, 5)
    const workers = [rig.worker('one'), rig.worker('two')]
    const sending = Promise.all(
      workers.map((budget) => sendAll(budget, service, { count: 1_500, clock: rig.clock })),
    )
    await sending
    const end = rig.clock.monotonicMs()
    const { calls, refused } = service.between(60_000, end)
    expect(refused / calls).toBeLessThan(0.01)
    expect(end).toBeLessThan((3_000 / 5) * 1_000 * 1.35)
  })

  test('a minute in which everything is refused is got over', async () => {
    const rig = new BudgetRig()
    const service = new CountingService(rig.clock, 50)
    const workers = [rig.worker('one'), rig.worker('two')]
    const sending = Promise.all(
      workers.map((budget) => sendAll(budget, service, { count: 6_000, clock: rig.clock })),
    )
    await rig.clock.sleep(30_000)
    service.perSecond = 0
    const stormAt = rig.clock.monotonicMs()
    await rig.clock.sleep(60_000)
    service.perSecond = 50
    const overAt = rig.clock.monotonicMs()
    const done = await sending
    expect(done).toEqual([6_000, 6_000])
    const end = rig.clock.monotonicMs()
    const storm = service.between(stormAt, overAt)
    const after = service.between(overAt, end)
    expect(storm.refused).toBeLessThan(200)
    expect(after.refused / after.calls).toBeLessThan(0.01)
  })

  test('where no limit is published it is learned from the first refusal on', async () => {
    const rig = new BudgetRig()
    rig.classes = { writes: null }
    const service = new CountingService(rig.clock, 10)
    const workers = [rig.worker('one'), rig.worker('two')]
    await Promise.all(workers.map((budget) => sendAll(budget, service, { count: 3_000, clock: rig.clock })))
    const end = rig.clock.monotonicMs()
    const { calls, refused } = service.between(60_000, end)
    expect(refused / calls).toBeLessThan(0.01)
  })
})

describe('a turn', () => {
  const call = { provider: 'cloud', verb: 'write', isUrgent: false, waitMs: 5_000 }

  test('of a leaked key comes before all that wait', async () => {
    const rig = new BudgetRig()
    rig.classes = { writes: { calls: 1, perMs: 1_000 } }
    const budget = rig.worker('one')
    const order: string[] = []
    const take = async (name: string, isUrgent: boolean) => {
      await budget.take({ ...call, isUrgent, waitMs: 60_000 })
      order.push(name)
    }
    await Promise.all([
      ...Array.from({ length: 8 }, (_, index) => take(`other-${index}`, false)),
      take('leaked', true),
    ])
    expect(order.slice(0, 6)).toContain('leaked')
  })

  test('that does not come within its time is refused with nothing sent', async () => {
    const rig = new BudgetRig()
    rig.classes = { writes: { calls: 1, perMs: 10_000 } }
    const budget = rig.worker('one')
    const taken = await Promise.allSettled(Array.from({ length: 30 }, () => budget.take(call)))
    const refused = taken.filter((one) => one.status === 'rejected')
    expect(refused.length).toBeGreaterThan(20)
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(ProviderError)
      expect(reason).toMatchObject({ code: 'throttled', effect: 'none', retryAfterMs: expect.any(Number) })
    }
  })

  test('ends for all that wait when the process stops', async () => {
    const rig = new BudgetRig()
    rig.classes = { writes: { calls: 1, perMs: 10_000 } }
    const stop = new AbortController()
    const budget = rig.worker('one', { stop: stop.signal })
    const taken = Promise.allSettled(
      Array.from({ length: 10 }, () => budget.take({ ...call, waitMs: 60_000 })),
    )
    await rig.clock.sleep(1_000)
    stop.abort()
    expect((await taken).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(2)
    expect(rig.clock.monotonicMs()).toBeLessThan(3_000)
  })

  test('goes on slowly while the journal is away, and says so', async () => {
    const rig = new BudgetRig()
    const budget = rig.worker('one')
    const service = new CountingService(rig.clock, 50)
    rig.documents.failure = new JournalError('unavailable', 'it is away', 'Wait.')
    await sendAll(budget, service, { count: 60, clock: rig.clock })
    expect(budget.states()).toMatchObject([{ problem: expect.stringContaining('it is away') }])
    rig.documents.failure = null
    await sendAll(budget, service, { count: 500, clock: rig.clock })
    expect(budget.states()).toMatchObject([{ problem: null, perSecond: 50 }])
  })
})

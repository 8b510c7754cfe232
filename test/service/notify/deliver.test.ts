/* Messages are delivered at least once, once in general, and whoever fails holds up nobody. */
import { expect, test } from 'vitest'
import { deliverChore, deliverNews } from '../../../src/service/notify/chore.ts'
import { deliveryOf, isTroubled } from '../../../src/service/notify/delivery.ts'
import { alarm, DAY_MS, HOUR_MS, MINUTE_MS, makeNotifyRig, plainRules, refuse } from './rig.ts'

const work = deliverChore.work

test('an installation without notifiers to deliver to asks nothing', async () => {
  const rig = makeNotifyRig({}, { notifiers: {}, routes: [], owners: {} })
  const calls: string[] = []
  const context = rig.open((call, go) => {
    calls.push(call)
    return go()
  })
  context.providers.tell(alarm)
  expect(await work(context)).toBeNull()
  await deliverNews(context, 1_000)
  expect(calls).toEqual([])
})

test('telling neither waits nor throws, whatever the journal does', async () => {
  const rig = makeNotifyRig()
  const context = rig.open(() => Promise.reject(new Error('the disk is full')))
  expect(context.providers.tell(alarm)).toBeUndefined()
  await expect(context.messages?.outbox.flush()).rejects.toThrow('the disk is full')
})

test('what is told is delivered by the command that told it, or by the next process', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  context.providers.tell(alarm)
  await deliverNews(context, 5_000)
  expect(rig.arrived.map(({ notifier }) => notifier).sort()).toEqual(['chat', 'pager'])
  await work(rig.open())
  expect(rig.arrived).toHaveLength(2)
  expect(await rig.context.journal.documents.list('message', { limit: 10 })).toHaveLength(1)
})

test('a receiver that is down for an hour gets each message once when it is back; the other one waits for nothing', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('unavailable'))
  context.providers.tell(alarm)
  for (let passed = 0; passed < 60; passed += 1) {
    await work(context)
    rig.pass(MINUTE_MS)
  }
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager'])
  const [row = expect.unreachable()] = await deliveryOf(context)
  expect(row).toMatchObject({ notifier: 'chat', queued: 1, failing: { code: 'unavailable' }, dropped: 0 })
  expect(isTroubled(row, rig.now())).toBe(true)
  // 30 s, then twice as long each time, 15 minutes at most.
  expect(rig.attempts.chat).toBeLessThanOrEqual(9)
  rig.fail('chat', null)
  for (let passed = 0; passed < 16; passed += 1) {
    await work(context)
    rig.pass(MINUTE_MS)
  }
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager', 'chat'])
  expect((await deliveryOf(context))[0]).toMatchObject({ queued: 0, failing: null })
})

test('two processes deliver each message once', async () => {
  const rig = makeNotifyRig()
  const [one, two] = [rig.open(undefined, { holder: 'one' }), rig.open(undefined, { holder: 'two' })]
  for (let index = 0; index < 20; index += 1) one.providers.tell({ ...alarm, kind: `usage-${index}` })
  await one.messages?.outbox.flush()
  await Promise.all([work(one), work(two), work(one), work(two)])
  expect(rig.arrived).toHaveLength(40)
  expect(new Set(rig.arrived.map(({ id }) => id)).size).toBe(40)
})

test('a process that dies while it sends: another one sends it after the claim is over, at once if it is known to be gone', async () => {
  for (const isKnown of [false, true]) {
    const rig = makeNotifyRig()
    const dying = rig.open(undefined, { holder: 'dying' })
    dying.providers.tell(alarm)
    await dying.messages?.outbox.flush()
    // It never comes back from the call.
    const hang = () => new Promise<never>(() => {})
    rig.fail('chat', hang)
    rig.fail('pager', hang)
    void work(dying)
    while ((rig.attempts.chat ?? 0) === 0 || (rig.attempts.pager ?? 0) === 0) await new Promise(setImmediate)
    rig.fail('chat', null)
    rig.fail('pager', null)
    const next = rig.open(undefined, {
      holder: 'next',
      isProcessGone: (holder) => isKnown && holder === 'dying',
    })
    await work(next)
    expect(rig.arrived).toHaveLength(isKnown ? 2 : 0)
    rig.pass(2 * MINUTE_MS)
    await work(next)
    expect(rig.arrived).toHaveLength(2)
  }
})

test('the wait that is asked for is kept', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('throttled', { retryAfterMs: 40 * MINUTE_MS }))
  context.providers.tell(alarm)
  await work(context)
  rig.fail('chat', null)
  rig.pass(39 * MINUTE_MS)
  await work(context)
  expect(rig.attempts.chat).toBe(1)
  rig.pass(2 * MINUTE_MS)
  await work(context)
  expect(rig.arrived.map(({ notifier }) => notifier)).toContain('chat')
})

test.each(['denied', 'not_found'] as const)(
  'what only a person can correct (%s) is shown at once and tried once an hour',
  async (code) => {
    const rig = makeNotifyRig()
    const context = rig.open()
    rig.fail('chat', refuse(code))
    context.providers.tell(alarm)
    for (let passed = 0; passed < 3 * 60; passed += 1) {
      await work(context)
      if (passed === 0)
        expect((await deliveryOf(context))[0]?.failing).toMatchObject({
          code,
          nextStep: 'Look at the other side.',
        })
      rig.pass(MINUTE_MS)
    }
    expect(rig.attempts.chat).toBe(3)
  },
)

test('a message that is not taken as it is does not hold up those about other keys', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  let isFirst = true
  rig.fail('chat', async () => {
    if (!isFirst) return undefined as never
    isFirst = false
    return await refuse('invalid')()
  })
  context.providers.tell(alarm)
  context.providers.tell({ ...alarm, key: 'other' })
  await work(context)
  expect(rig.arrived.filter(({ notifier }) => notifier === 'chat').map(({ event }) => event.key)).toEqual([
    'other',
  ])
})

test('a message that is not taken holds up no later one, although it was the only one that waited', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('invalid'))
  context.providers.tell(alarm)
  await work(context)
  rig.fail('chat', null)
  rig.pass(MINUTE_MS)
  context.providers.tell({ ...alarm, key: 'other' })
  await work(context)
  expect(rig.arrived.filter(({ notifier }) => notifier === 'chat').map(({ event }) => event.key)).toEqual([
    'other',
  ])
})

test('what is not delivered for a day is given up, counted and shown', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('unavailable'))
  context.providers.tell(alarm)
  for (let passed = 0; passed < 25; passed += 1) {
    await work(context)
    rig.pass(HOUR_MS)
  }
  await work(context)
  const [row = expect.unreachable()] = await deliveryOf(context)
  expect(row).toMatchObject({ queued: 0, dropped: 1 })
  rig.fail('chat', null)
  await work(context)
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager'])
  expect(isTroubled({ ...row, failing: null }, rig.now())).toBe(true)
  expect(isTroubled({ ...row, failing: null }, rig.now() + 8 * DAY_MS)).toBe(false)
})

test('too many messages: the oldest of the least important go first, and are counted', async () => {
  const rules = { ...plainRules, routes: [{ atLeast: 'info', notify: ['chat'] }] } as const
  const rig = makeNotifyRig({}, rules)
  const context = rig.open()
  rig.fail('chat', refuse('unavailable'))
  rig.fail('pager', refuse('unavailable'))
  context.providers.tell({ ...alarm, level: 'info', kind: 'first-info' })
  for (let index = 0; index < 40; index += 1) context.providers.tell({ ...alarm, kind: `usage-${index}` })
  await work(context)
  const rows = await deliveryOf(context)
  expect(rows.reduce((sum, { queued }) => sum + queued, 0)).toBe(50)
  expect(rows.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(31)
  const text = (await context.journal.documents.list('message', { limit: 10 }))
    .map((document) => document.text)
    .join()
  expect(text).not.toContain('"id":"first-info"')
  expect(text.length).toBeLessThan(512 * 1024)
})

test('texts of any length fit into one document', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('unavailable'))
  const long = '☃'.repeat(100_000)
  for (let index = 0; index < 60; index += 1)
    context.providers.tell({
      ...alarm,
      kind: `usage-${index}`,
      message: long,
      command: long,
      evidence: Array(50).fill(long),
    })
  await context.messages?.outbox.flush()
  const [document] = await context.journal.documents.list('message', { limit: 10 })
  expect(JSON.parse(document?.text ?? '').queue.length).toBeGreaterThan(20)
})

test('messages for a notifier that the config no longer has are given up', async () => {
  const rig = makeNotifyRig()
  rig.fail('chat', refuse('unavailable'))
  const context = rig.open()
  context.providers.tell(alarm)
  await work(context)
  rig.rules = { ...plainRules, notifiers: { pager: { isPager: true, isRouted: false } } }
  await work(rig.open())
  expect((await deliveryOf(rig.open())).map(({ notifier, queued }) => [notifier, queued])).toEqual([
    ['pager', 0],
  ])
})

test('a clock that was set back by days stops no delivery', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('unavailable'))
  context.providers.tell(alarm)
  await work(context)
  rig.clock.jump(-3 * DAY_MS)
  rig.fail('chat', null)
  await work(context)
  expect(rig.arrived.map(({ notifier }) => notifier)).toContain('chat')
})

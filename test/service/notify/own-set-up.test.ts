/* A variable or a file that one process lacks is no fault of the notifier: others may have it. */
import { expect, test } from 'vitest'
import { catchUp } from '../../../src/service/notify/catch-up.ts'
import { deliverChore, deliverNews } from '../../../src/service/notify/chore.ts'
import { deliveryOf } from '../../../src/service/notify/delivery.ts'
import { alarm, HOUR_MS, makeNotifyRig, refuse } from './rig.ts'

const work = deliverChore.work

test('a variable that a shell lacks holds up no process that has it', async () => {
  const rig = makeNotifyRig()
  const [shell, serve] = [rig.open(undefined, { holder: 'shell' }), rig.open(undefined, { holder: 'serve' })]
  rig.fail('chat', refuse('invalid', { isOwnSetUp: true }))
  shell.providers.tell(alarm)
  await deliverNews(shell, 5_000)
  await work(shell)
  expect([rig.attempts.chat, rig.arrived.map(({ notifier }) => notifier)]).toEqual([1, ['pager']])
  expect((await deliveryOf(shell))[0]).toMatchObject({ queued: 1, failing: { by: 'shell' } })
  rig.fail('chat', null)
  await work(serve)
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager', 'chat'])
  expect((await deliveryOf(serve))[0]).toMatchObject({ queued: 0, failing: null })
})

test('where every process lacks it, each rests for longer and longer', async () => {
  const rig = makeNotifyRig()
  const context = rig.open(undefined, { holder: 'serve' })
  rig.fail('chat', refuse('invalid', { isOwnSetUp: true }))
  context.providers.tell(alarm)
  let dueAt = await work(context)
  const begunAt = rig.now()
  while (rig.now() < begunAt + HOUR_MS) {
    rig.pass(Math.max(1_000, Math.min(dueAt ?? Number.POSITIVE_INFINITY, begunAt + HOUR_MS) - rig.now()))
    dueAt = await work(context)
  }
  expect(rig.attempts.chat).toBeGreaterThan(5)
  expect(rig.attempts.chat).toBeLessThanOrEqual(10)
})

test('what was not taken as it is, is tried again once a person says that it works', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  rig.fail('chat', refuse('invalid'))
  context.providers.tell(alarm)
  await work(context)
  rig.fail('chat', null)
  await work(context)
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager'])
  expect(await catchUp(context, ['chat'])).toEqual(new Map([['chat', 1]]))
  expect(rig.arrived.map(({ notifier }) => notifier)).toEqual(['pager', 'chat'])
  expect((await deliveryOf(context))[0]).toMatchObject({ queued: 0, failing: null })
})

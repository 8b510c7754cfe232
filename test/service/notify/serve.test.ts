/* A process that serves tells people at once, and again when time alone has changed something. */
import { expect, test } from 'vitest'
import { JournalError } from '../../../src/contracts/errors.ts'
import { makeOperator } from '../../engine/actors.ts'
import { goBy, startServing } from '../serve/rig.ts'
import { alarm, DAY_MS, HOUR_MS, MINUTE_MS, makeNotifyRig } from './rig.ts'

function serve(rig: ReturnType<typeof makeNotifyRig>) {
  const { messages, providers } = rig.open()
  return startServing(rig, { context: { providers, ...(messages ? { messages } : {}) } })
}

test('what is told is delivered within seconds', async () => {
  const rig = makeNotifyRig({ lookEveryMs: 6 * HOUR_MS })
  const process = serve(rig)
  await goBy(rig, HOUR_MS)
  const at = rig.now()
  process.context.providers.tell({ ...alarm, at })
  await goBy(rig, 10 * MINUTE_MS)
  expect(rig.arrived.map(({ notifier }) => notifier).sort()).toEqual(['chat', 'pager'])
  for (const one of rig.arrived) expect(one.at - at).toBeLessThanOrEqual(5_000)
  process.stop()
  await process.ended
})

test('a person who does not come is reminded by a process that has nothing else to do', async () => {
  const rig = makeNotifyRig({
    lookEveryMs: 6 * HOUR_MS,
    makeIssuer: makeOperator,
    policy: { operatorDeadlineMs: 4 * DAY_MS },
  })
  const process = serve(rig)
  await goBy(rig, MINUTE_MS)
  await rig.rotate({}, process.context)
  const from = rig.now()
  await goBy(rig, 5 * DAY_MS + HOUR_MS)
  const days = rig.arrived.map(
    ({ at, notifier, event }) => `${((at - from) / DAY_MS).toFixed(1)} ${notifier} ${event.level}`,
  )
  expect(days.sort()).toEqual([
    ...['0.0 chat warning', '2.0 chat warning', '3.0 chat warning'],
    ...['4.0 chat alarm', '4.0 pager alarm', '5.0 chat alarm'],
  ])
  process.stop()
  await process.ended
})

test('a record that is damaged ends no alarm about its key; one that is forgotten does', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  await rig.rotate({}, context)
  const record = await rig.record()
  const broken = { ...record, debts: [{ name: 'k', rotation: 'r', why: 'it lives', since: 0 }] }
  await context.messages?.outbox.look({ key: 'video' }, broken)
  const damaged = new JournalError('corrupt', 'the record is damaged', 'Restore it.')
  const kinds = async () => {
    const [document] = await context.journal.documents.list('message', { limit: 10 })
    return JSON.parse(document?.text ?? '').queue.map(({ event }: { event: object }) => 'isOver' in event)
  }
  const blind = rig.open((call, go) => (call === 'journal.load' ? Promise.reject(damaged) : go()))
  await blind.messages?.outbox.lookUp('video')
  expect(await kinds()).toEqual([false, false])
  await context.messages?.outbox.look({ key: 'video' }, null)
  expect(await kinds()).toEqual([false, false, true, true])
})

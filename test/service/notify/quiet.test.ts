/* What people are told of a key: once for each reason until it changes, from the record and not from events alone. */
import { expect, test } from 'vitest'
import { deliverChore } from '../../../src/service/notify/chore.ts'
import { classOf } from '../../../src/service/notify/quiet.ts'
import { run } from '../../../src/service/run.ts'
import { makeOperator } from '../../engine/actors.ts'
import { type Arrived, alarm, DAY_MS, HOUR_MS, makeNotifyRig, plainRules } from './rig.ts'

const show = ({ notifier, event: { level, kind, isOver } }: Arrived) =>
  `${notifier} ${isOver ? 'over' : level} ${kind}`
const work = deliverChore.work

/** Blocked in preflight: a target holds a value that nobody knows. */
async function blocked() {
  const rig = makeNotifyRig({ targets: 2 })
  await run(rig.context)
  rig.write(1, 'a value that somebody else put there')
  const context = rig.open()
  await rig.rotate({}, context)
  expect((await rig.rotation()).standing).toBe('blocked')
  return { rig, context }
}

test('a blocked rotation is told once, however often it is looked at, and its end once', async () => {
  const { rig, context } = await blocked()
  for (let index = 0; index < 5; index += 1) {
    await run(context)
    rig.pass(HOUR_MS)
  }
  expect(rig.arrived.map(show).sort()).toEqual(['chat alarm drift', 'pager alarm drift'])
  rig.write(1, rig.space.keys[0]?.material.value?.expose() ?? '')
  for (let index = 0; index < 3; index += 1) {
    await rig.run({ takeOver: true }, context)
    await run(context)
    rig.pass(HOUR_MS)
  }
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.arrived.map(show).sort()).toEqual([
    ...['chat alarm drift', 'chat over drift', 'pager alarm drift', 'pager over drift'],
  ])
})

test('an event that was lost with its process is found in the record', async () => {
  const { rig } = await blocked()
  // The process that told it was killed before it had written anything: only the record is left.
  for (const document of await rig.context.journal.documents.list('message', { limit: 10 }))
    await rig.context.journal.documents.remove(document, document.revision)
  rig.arrived.length = 0
  await work(rig.open())
  expect(rig.arrived.map(show).sort()).toEqual(['chat alarm drift', 'pager alarm drift'])
})

test('a person is asked once, reminded from half of the time on with whoever is above, and late is an alarm', async () => {
  const rules = {
    notifiers: {
      team: { isPager: false, isRouted: true },
      lead: { isPager: false, isRouted: true },
      pager: { isPager: true, isRouted: false },
    },
    routes: [],
    owners: { team: { notify: ['team'], escalateTo: 'platform' }, platform: { notify: ['lead'] } },
  }
  const rig = makeNotifyRig({ makeIssuer: makeOperator, policy: { operatorDeadlineMs: 4 * DAY_MS } }, rules)
  const context = rig.open()
  await rig.rotate({}, context)
  const from = rig.now()
  for (let hours = 0; hours <= 6 * 24; hours += 1) {
    await run(context)
    rig.pass(HOUR_MS)
  }
  const days = rig.arrived.map(
    (one) => `${Math.round((one.at - from) / DAY_MS)} ${one.notifier} ${one.event.level}`,
  )
  expect(days.filter((day) => day.startsWith('0'))).toEqual(['0 team warning'])
  expect(days.filter((day) => day.startsWith('1'))).toEqual([])
  expect(days.filter((day) => day.startsWith('2')).sort()).toEqual(['2 lead warning', '2 team warning'])
  expect(days.filter((day) => day.startsWith('3')).sort()).toEqual(['3 lead warning', '3 team warning'])
  expect(days.filter((day) => day.startsWith('4')).sort()).toEqual([
    '4 lead alarm',
    '4 pager alarm',
    '4 team alarm',
  ])
  expect(days.filter((day) => day.includes('pager'))).toHaveLength(1)
  expect(rig.arrived[1]?.event.message).toMatch(/^reminder: create a key named .* wanted by 2026-/)
})

test('the same finding with other numbers is quiet, a higher level is not, and its end is told to whoever heard of it', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  const tell = async (event: Partial<typeof alarm>) => {
    context.providers.tell({ ...alarm, at: rig.now(), ...event })
    await work(context)
  }
  await tell({ level: 'warning', message: '312 requests in the hour to 14:00, 5.2 times as many' })
  await tell({ level: 'warning', message: '907 requests in the hour to 15:00, 11 times as many' })
  expect(rig.arrived.map(show)).toEqual(['chat warning usage-spike'])
  await tell({ message: '907 requests in the hour to 16:00, 12 times as many' })
  expect(rig.arrived.map(show).slice(1).sort()).toEqual(['chat alarm usage-spike', 'pager alarm usage-spike'])
  await tell({ level: 'info', isOver: true, message: 'as usual again' })
  await tell({ level: 'info', isOver: true, message: 'as usual again' })
  expect(rig.arrived.map(show).slice(3).sort()).toEqual(['chat over usage-spike', 'pager over usage-spike'])
  await tell({})
  expect(rig.arrived).toHaveLength(7)
})

test('the end of a warning is no message in a chat', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  context.providers.tell({ ...alarm, level: 'warning' })
  context.providers.tell({ ...alarm, level: 'info', isOver: true })
  await work(context)
  expect(rig.arrived.map(show)).toEqual(['chat warning usage-spike'])
})

test('what happens to a key of a campaign is left to its summary, which is told', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  for (let index = 0; index < 300; index += 1)
    context.providers.tell({ ...alarm, campaign: 'c1', key: `key-${index}` })
  const { key: _key, ...about } = alarm
  context.providers.tell({ ...about, campaign: 'c1', kind: 'campaign-stopped', level: 'warning' })
  await work(context)
  expect(rig.arrived.map(show)).toEqual(['chat warning campaign-stopped'])
})

test('info goes where a route wants it, and nowhere else; nothing is written for it otherwise', async () => {
  const info = { ...alarm, level: 'info', kind: 'rotation-completed', rotation: 'r1' } as const
  const plain = makeNotifyRig()
  const context = plain.open()
  context.providers.tell(info)
  await context.messages?.outbox.flush()
  expect(await context.journal.documents.list('message', { limit: 1 })).toEqual([])
  const rig = makeNotifyRig(
    {},
    { ...plainRules, routes: [{ atLeast: 'info', kinds: ['rotation-*'], notify: ['chat'] }] },
  )
  const routed = rig.open()
  routed.providers.tell(info)
  routed.providers.tell(info)
  routed.providers.tell({ ...info, rotation: 'r2' })
  await work(routed)
  expect(rig.arrived.map(({ event }) => event.rotation)).toEqual(['r1', 'r2'])
})

test.each([
  ['312 requests at 14:00', '907 requests at 15:00', true],
  ['aws/prod#KEY: denied', 'aws/dev#KEY: denied', false],
  ['key a1b2c3d4 still works', 'key 99ff00aa still works', true],
  ['the list is empty', 'the list is not empty', false],
])('%j and %j are the same message: %j', (one, other, isSame) => {
  expect(classOf(one) === classOf(other)).toBe(isSame)
})

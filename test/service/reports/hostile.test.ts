/* Reports that stand in the way of others: damaged, postponed for long, or of a clock that was wrong. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { makeReportRig, type ReportRig } from './rig.ts'

const DAY_MS = 86_400_000

/** The place cannot be asked now. */
const away = {
  fetchTexts: async () => {
    throw new ProviderError({
      ...{ code: 'denied', provider: 'scanner', message: 'token wrong', effect: 'none', nextStep: 'Ask.' },
    })
  },
} as const

async function postpone(one: ReportRig, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    one.rig.pass(250)
    await one.send({ texts: [], place: `acme/repo/${sent}` })
  }
}

function reported(one: ReportRig) {
  return one.rig.events.filter(({ kind }) => kind === 'leak-reported')
}

test('a damaged report holds up no other one, and is told', async () => {
  const one = await makeReportRig({ does: 'ask' })
  const { documents } = one.context.journal
  for (const text of ['{"receiver":"scan', 'null', ''])
    await documents.write({ kind: 'report', name: `scanner.0${text.length}.0` }, { text, revision: 0 })
  await documents.write({ kind: 'received', name: 'scanner' }, { text: '{"seen":{', revision: 0 })
  expect(await one.send({ texts: [one.value()] })).toBe(202)
  await one.work()
  expect(reported(one)).toHaveLength(1)
  expect(one.rig.events.filter(({ kind }) => kind === 'leak-report-unread')).toHaveLength(3)
  expect(await one.documents('report')).toEqual([])
})

test('hundreds that are postponed do not stand before one that is due', async () => {
  const one = await makeReportRig({ does: 'ask' }, { more: away })
  await postpone(one, 300)
  // Until all of them wait for long.
  for (let round = 0; round < 12; round += 1) {
    one.rig.pass(900_000)
    await one.work()
    await one.work()
  }
  expect(await one.send({ texts: [one.value()] })).toBe(202)
  await one.work()
  expect(reported(one)).toHaveLength(1)
})

test('a receiver whose reports all wait leaves room for those of others', async () => {
  const one = await makeReportRig({ does: 'ask' }, { more: away })
  one.context.receivers = { ...one.context.receivers, names: ['scanner', 'other'] } as never
  await postpone(one, 520)
  expect(await one.send({ texts: [], place: 'acme/repo/one-more' })).toBe(503)
  expect(await one.send({ texts: [one.value()] }, 'other')).toBe(202)
})

test('what a clock that was ahead has put off is done when it is set right', async () => {
  const one = await makeReportRig({ does: 'ask' }, { more: away })
  await one.send({ texts: [], place: 'acme/repo/1' })
  await one.send({ texts: [one.value()] })
  const { documents } = one.context.journal
  for (const { kind, name, text, revision } of await documents.list('report', { limit: 10 })) {
    const report = { ...JSON.parse(text), taken: { by: 'gone', at: one.rig.now() + 400 * DAY_MS } }
    await documents.write({ kind, name }, { text: JSON.stringify(report), revision })
  }
  await one.work()
  expect(reported(one)).toHaveLength(1)
})

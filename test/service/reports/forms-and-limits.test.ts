/* What a report may be: its forms, its limits, and what is kept of it. */

import { describe, expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { formsOf } from '../../cli/canary/search.ts'
import { makeReportRig } from './rig.ts'

const OTHER = 'ppt_live_somebody_elses_0123456789'
const DAY_MS = 86_400_000

describe('what a report may be', () => {
  test('a value is found in every form that people paste', async () => {
    const one = await makeReportRig({ does: 'ask' })
    const forms = [
      `Authorization: Bearer ${one.value()}`,
      JSON.stringify({ a: { key: one.value() } }),
      Buffer.from(`KEY=${one.value()}`).toString('base64'),
      `  "${one.value()}"\n`,
    ]
    for (const [index, text] of forms.entries()) {
      await one.send({ texts: [text] })
      await one.work()
      const [leak] = await one.documents('leak')
      expect(JSON.parse(leak?.text ?? '{}').reports).toBe(index + 1)
    }
  })

  test('a large one is kept in parts, each once', async () => {
    const one = await makeReportRig({ does: 'ask' })
    const leaks = Array.from({ length: 950 }, (_, index) => ({
      texts: [`${OTHER}${index}`],
      url: `https://example.com/${'x'.repeat(500)}`,
      source: 'é'.repeat(120),
    }))
    const body = [...leaks, { texts: [one.value()] }]
    expect(await one.send(body)).toBe(202)
    expect(await one.documents('report')).toHaveLength(10)
    await one.work()
    expect(one.rig.events).toHaveLength(1)
    expect(await one.send(body)).toBe(202)
    expect(await one.documents('report')).toEqual([])
  })

  test('what is beyond the limits is told', async () => {
    const one = await makeReportRig({ does: 'ask' })
    await one.send({ texts: [Array.from({ length: 2_500 }, (_, at) => `${OTHER}${at}`).join(' ')] })
    await one.send(Array.from({ length: 2_100 }, () => ({ source: 'x' })))
    await one.work()
    expect(one.rig.events.map(({ kind }) => kind)).toEqual(['leak-report-unread', 'leak-report-unread'])
  })

  test('with too many that wait, senders are to try again', async () => {
    const one = await makeReportRig({ does: 'ask' })
    const statuses: number[] = []
    for (let count = 0; count < 510; count += 1) {
      one.rig.pass(1_000)
      statuses.push(await one.send({ texts: [`${OTHER}${count}`] }))
    }
    expect(statuses.filter((status) => status === 202)).toHaveLength(500)
    expect(statuses.at(-1)).toBe(503)
    while ((await one.work()) !== null) one.rig.pass(1)
    expect(await one.send({ texts: [OTHER] })).toBe(202)
  })

  test('a sender that floods is limited, and goes on later', async () => {
    const one = await makeReportRig({ does: 'ask' })
    const statuses: number[] = []
    for (let count = 0; count < 120; count += 1)
      statuses.push(await one.send({ texts: [`${OTHER}${count}`] }))
    expect(statuses.filter((status) => status === 429)).toHaveLength(20)
    one.rig.pass(1_000)
    expect(await one.send({ texts: ['later'] })).toBe(202)
  })

  test('a forged one changes nothing', async () => {
    const one = await makeReportRig({ does: 'rotate' })
    expect(await one.send({ texts: [one.value()], forged: true })).toBe(401)
    expect(await one.work()).toBeNull()
    expect([await one.documents('report'), await one.documents('received'), one.rig.events]).toEqual([
      [],
      [],
      [],
    ])
    expect(one.heard).toEqual([{ receiver: 'scanner', result: 'refused', why: 'signature wrong' }])
  })
})

test('a value that has to be fetched is asked for until it can be, for a day', async () => {
  let isDown = true
  const fetchTexts = async () => {
    if (!isDown) return [Buffer.from(secret)]
    throw new ProviderError({
      code: 'unavailable',
      provider: 'scanner',
      message: 'down',
      effect: 'none',
      nextStep: '',
    })
  }
  const one = await makeReportRig({ does: 'ask' }, { more: { fetchTexts } })
  const secret = one.value()
  await one.send({ place: 'example/app/7' })
  for (let count = 0; count < 5; count += 1) {
    const next = await one.work()
    expect(next).toBeGreaterThan(one.context.clock.wallMs())
    one.rig.pass((next ?? 0) - one.context.clock.wallMs())
  }
  isDown = false
  expect(await one.work()).toBeNull()
  expect(one.rig.events).toMatchObject([{ level: 'alarm', kind: 'leak-reported' }])
  isDown = true
  await one.send({ place: 'example/app/8' })
  await one.work()
  one.rig.pass(DAY_MS + 1)
  expect(await one.work()).toBeNull()
  expect(one.rig.events.at(-1)).toMatchObject({ level: 'warning', kind: 'leak-report-unread' })
})

test('a hash of the sender is found among the values of all targets, which are read once', async () => {
  const reads: string[] = []
  const hashValue = async (value: { expose(): string }) => {
    reads.push('hash')
    return `${value.expose()}`.replace(/./gu, 'a').slice(0, 8) + value.expose().slice(-24)
  }
  const one = await makeReportRig({ does: 'ask' }, { more: { hashValue } })
  const secret = one.value()
  await one.send({ hash: `aaaaaaaa${secret.slice(-24)}` })
  expect(await one.work()).toBeNull()
  expect(one.rig.events).toMatchObject([{ level: 'alarm', kind: 'leak-reported' }])
  const first = reads.length
  await one.send({ hash: 'of somebody else, again and again' })
  await one.work()
  expect(reads.length).toBe(first)
  expect(one.rig.events).toHaveLength(1)
})

test('no document has a value in it, whatever the sender puts beside it', async () => {
  const one = await makeReportRig({ does: 'ask' })
  const secret = one.value()
  const words = {
    url: `https://user:${secret}@example.com/${secret}/x?key=${secret}#${secret}`,
    source: `found ${secret}`,
    reporter: secret,
  }
  await one.send({ texts: [secret], ...words })
  // One that is about another value, with a managed one beside it.
  await one.send({ texts: [OTHER], ...words })
  const kept = async () =>
    JSON.stringify([
      await one.documents('report'),
      await one.documents('received'),
      await one.documents('leak'),
      one.rig.events,
      one.heard,
    ])
  const before = await kept()
  await one.work()
  expect(before).toContain('https://example.com/')
  for (const text of [before, await kept()])
    for (const form of Object.values(formsOf(secret))) expect(text.includes(form)).toBe(false)
})

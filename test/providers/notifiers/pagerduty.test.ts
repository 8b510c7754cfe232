/* Notifier `pagerduty`: the law, and alerts that are one for each key and reason. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { make } from '../../../providers/notifiers/pagerduty/index.ts'
import { options } from '../../../providers/notifiers/pagerduty/options.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { type NotifierFixture, notifierLaw } from '../../laws/notifier.ts'
import {
  type Arrival,
  type HttpReceiver,
  startReceiver,
} from '../../shared/stand-ins/receivers/http-receiver.ts'

const ROUTING_KEY = 'e93facc04764012d7bfb002500d5d1a6'
const event: NotifyEvent = {
  at: Date.UTC(2026, 10, 22, 10),
  level: 'alarm',
  key: 'renderer-prod',
  kind: 'target-refused',
  message: 'the target refuses to be written',
}

const receivers: HttpReceiver[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const receiver of receivers.splice(0)) await receiver.close()
})

/** What the Events API v2 says of a request, by its published schema (`events-v2` of PagerDuty's api-schema). */
function answerAsPagerDuty({ body }: Arrival) {
  const { routing_key, event_action, dedup_key, payload } = JSON.parse(body)
  const isTrigger = event_action === 'trigger'
  const isRight =
    routing_key === ROUTING_KEY &&
    ['trigger', 'acknowledge', 'resolve'].includes(event_action) &&
    (dedup_key === undefined ? isTrigger : typeof dedup_key === 'string' && dedup_key.length <= 255) &&
    (!isTrigger ||
      (typeof payload.summary === 'string' &&
        payload.summary.length <= 1_024 &&
        ['critical', 'warning', 'error', 'info'].includes(payload.severity) &&
        typeof payload.source === 'string' &&
        !Number.isNaN(Date.parse(payload.timestamp)) &&
        typeof payload.custom_details === 'object'))
  return isRight ? { status: 202, body: '{"status":"success"}' } : { status: 400 }
}

async function setUp(more: object = {}) {
  const receiver = await startReceiver('/v2/enqueue')
  receivers.push(receiver)
  receiver.answer(answerAsPagerDuty)
  vi.stubEnv('PAGERDUTY_KEY', ROUTING_KEY)
  const settings = options.parse({ routingKey: { env: 'PAGERDUTY_KEY' }, url: receiver.url, ...more })
  const sent = () => receiver.arrivals.map(({ body }) => JSON.parse(body))
  return { receiver, notifier: make(settings, { name: 'on-call' }), sent }
}

async function makeFixture(): Promise<NotifierFixture> {
  const { receiver, notifier } = await setUp()
  return {
    notifier,
    arrived: async () => receiver.arrivals.map(({ body }) => body),
    lose: async () => {
      receiver.answer({ status: 500 })
      return async () => receiver.answer(answerAsPagerDuty)
    },
  }
}

describe('the law of notifiers', () => {
  for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

test('a trouble is triggered and resolved by one key: source, key and reason', async () => {
  const { notifier, sent } = await setUp()
  await notifier.notify(event)
  await notifier.notify({ ...event, message: 'in other words', rotation: 'another' })
  expect(await notifier.notify({ ...event, level: 'info', isOver: true })).toEqual({
    said: 'status 202, resolved keyrota/renderer-prod/target-refused',
  })
  expect(sent().map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
    ['trigger', 'keyrota/renderer-prod/target-refused'],
    ['trigger', 'keyrota/renderer-prod/target-refused'],
    ['resolve', 'keyrota/renderer-prod/target-refused'],
  ])
  expect(sent()[0].payload).toMatchObject({
    severity: 'critical',
    class: 'target-refused',
    component: 'renderer-prod',
  })
})

test('other keys, reasons, campaigns and sources are other alerts, however long their names are', async () => {
  const { notifier, sent } = await setUp()
  const long = 'k'.repeat(400)
  const events = [
    event,
    { ...event, key: 'other' },
    { ...event, kind: 'drift' },
    { ...event, key: `${long}1` },
    { ...event, key: `${long}2` },
    { at: event.at, level: 'alarm', kind: 'campaign-stopped', campaign: 'all', message: 'stopped' } as const,
  ]
  for (const one of events) await notifier.notify(one)
  const other = await setUp({ source: 'keyrota-eu' })
  await other.notifier.notify(event)
  const keys = [...sent(), ...other.sent()].map(({ dedup_key }) => dedup_key)
  expect(new Set(keys).size).toBe(events.length + 1)
})

test('the routing key is in the body alone, and in no error', async () => {
  const { receiver, notifier } = await setUp()
  await notifier.notify(event)
  const [{ path, headers } = expect.unreachable()] = receiver.arrivals
  expect(JSON.stringify([path, headers])).not.toContain(ROUTING_KEY)
  receiver.answer({ status: 400, body: ROUTING_KEY })
  const error = await notifier.notify(event).catch((refusal: unknown) => refusal)
  expect(error).toMatchObject({ code: 'invalid' })
  expect(JSON.stringify([error, String(error)])).not.toContain(ROUTING_KEY)
})

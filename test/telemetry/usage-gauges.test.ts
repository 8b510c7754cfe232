/* The gauges of the watch over use: shown from memory, so that a scrape asks the journal rarely and waits for nothing. */
import { expect, test } from 'vitest'
import { JournalError } from '../../src/contracts/errors.ts'
import type { Context } from '../../src/service/context.ts'
import { createMetrics, type Gauges } from '../../src/telemetry/metrics.ts'
import { UsageGauges } from '../../src/telemetry/usage-gauges.ts'
import { HOUR, makeUsageRig } from '../service/usage/rig.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'

const finding = { kind: 'finding', name: 'a', revision: 1, text: findingOf({ kind: 'spike', since: 1 }) }
const meter = { kind: 'meter', name: 'm', revision: 1, text: '{"meter":"m","readAt":2000,"failures":3}' }

function findingOf(about: object): string {
  return JSON.stringify({ key: 'video', findings: [about, { ...about, overAt: 2 }] })
}

/** A journal of one finding and one meter; `before` stands before each reading. */
function makeGauges(before: () => Promise<void> = async () => {}, isWatched = true) {
  const clock = new VirtualClock()
  const failures: unknown[] = []
  let reads = 0
  const list = async (kind: string) => {
    reads += 1
    await before()
    return kind === 'finding' ? [finding] : [meter]
  }
  const keys = new Map([['video', isWatched ? { usage: {} } : {}]])
  const context = { keys, journal: { documents: { list } } } as unknown as Context
  const gauges = new UsageGauges(
    clock,
    () => context,
    (error) => void failures.push(error),
  )
  const scrape = async () => {
    await gauges.refresh()
    const lines: string[] = []
    const collected: Gauges = {
      set: ({ name }, labels, value) => void lines.push(`${name} ${JSON.stringify(labels)} ${value}`),
      reset: () => {},
    }
    gauges.set(collected)
    return lines
  }
  return { clock, scrape, failures, reads: () => reads }
}

const SHOWN = [
  'keyrota_usage_findings {"key":"video","kind":"spike"} 1',
  'keyrota_meter_last_success_timestamp_seconds {"meter":"m"} 2',
  'keyrota_meter_failures {"meter":"m"} 3',
]

test('however many scrapers there are, the journal is read once in half a minute', async () => {
  const { clock, scrape, reads } = makeGauges()
  for (let at = 0; at < 12; at += 1) {
    expect(await scrape()).toEqual(SHOWN)
    await clock.sleep(5_000)
  }
  expect(reads()).toBe(2 * 2)
})

test('a journal that does not answer holds no scrape up, and is asked once', async () => {
  const { clock, scrape, reads } = makeGauges(() => clock.sleep(120_000))
  const started = clock.monotonicMs()
  for (let at = 0; at < 5; at += 1) expect(await scrape()).toEqual([])
  expect(clock.monotonicMs() - started).toBeLessThanOrEqual(5_000)
  expect(reads()).toBe(2)
  await clock.sleep(120_000)
  expect(await scrape()).toEqual(SHOWN)
})

test('what was read before is not shown while the journal is down', async () => {
  let isDown = false
  const { clock, scrape, failures } = makeGauges(async () => {
    if (isDown) throw new JournalError('unavailable', 'down', 'Wait.')
  })
  expect(await scrape()).toEqual(SHOWN)
  isDown = true
  await clock.sleep(60_000)
  expect(await scrape()).toEqual([])
  expect(failures).toEqual([])
})

test('a defect is told, and breaks no scrape', async () => {
  const { scrape, failures } = makeGauges(async () => {
    throw new TypeError('no')
  })
  expect(await scrape()).toEqual([])
  expect(failures).toEqual([new TypeError('no')])
})

test('without a watched key nothing is read', async () => {
  const { scrape, reads } = makeGauges(undefined, false)
  expect(await scrape()).toEqual([])
  expect(reads()).toBe(0)
})

test('open findings and meters are shown as they are now; what was accepted or is over is not', async () => {
  const rig = makeUsageRig({ mostPerHour: 200 })
  await rig.watch()
  const metrics = createMetrics({ version: '0', now: rig.now })
  const usage = new UsageGauges(
    rig.context.clock,
    () => rig.context,
    (error) => expect.unreachable(String(error)),
  )
  metrics.onCollect((gauges) => usage.set(gauges))
  const scrape = async () => {
    await usage.refresh()
    return metrics.text()
  }
  expect(await scrape()).not.toContain('keyrota_usage_findings{')
  rig.meter.tell = () => ({ amount: 300 })
  await rig.watchFor(HOUR)
  rig.meter.isDown = true
  await rig.watchFor(HOUR)
  const text = await scrape()
  expect(text).toContain(`keyrota_usage_findings{key="${rig.key.name}",kind="limit"} 1`)
  expect(text).toMatch(/keyrota_meter_last_success_timestamp_seconds\{meter="gateway"\} 1\d{9}/)
  expect(text).toMatch(/keyrota_meter_failures\{meter="gateway"\} [1-9]/)
  Reflect.deleteProperty(rig.key, 'usage')
  expect(await scrape()).not.toContain('keyrota_usage_findings{')
})

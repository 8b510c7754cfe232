/* A config that changes while the process runs. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../../src/contracts/config.ts'
import { DAY_MS, goBy, HOUR_MS, MINUTE_MS, makeKeys, makeServedRig, startServing } from './rig.ts'

test('a config that is refused stays out: it is said, readyz shows it, and the old one goes on', async () => {
  const rig = makeServedRig()
  const told: string[] = []
  const process = startServing(rig, { listener: { reloaded: (is) => void told.push(is) } })
  await goBy(rig, HOUR_MS)
  const { context } = process
  process.nextReload = () => ({ is: 'refused', why: 'keyrota.yaml:3:1 keys: is not known' })
  process.changeConfig()
  await goBy(rig, 1_000)
  expect(process.serving.health.ready()).toEqual({
    isGood: false,
    why: 'the changed config is refused, the old one stays: keyrota.yaml:3:1 keys: is not known',
  })
  expect(process.serving.health.alive().isGood).toBe(true)
  expect(process.context).toBe(context)
  expect(told).toContain('refused')
  process.nextReload = () => ({ is: 'same' })
  process.serving.reload()
  await goBy(rig, 1_000)
  expect(process.serving.health.ready().isGood).toBe(true)
  process.stop()
  await process.ended
})

test('a key that is added is adopted at once, and what is replaced ends only after the work that uses it', async () => {
  const rig = makeServedRig()
  const keys = makeKeys(rig, 2)
  let isReading = false
  let closedWhileReading: boolean | null = null
  const process = startServing(rig, {
    keys: new Map([...keys].slice(0, 1)),
    around: async (call) => {
      if (call !== 'store.read') return
      isReading = true
      await rig.clock.sleep(90)
      isReading = false
    },
  })
  await goBy(rig, 2_000)
  const change = (next: Map<string, KeyConfig>) => {
    process.nextReload = () => {
      process.context = { ...process.context, keys: next }
      return {
        is: 'taken',
        summary: 'keys: 1 added',
        close: async () => {
          closedWhileReading = isReading
        },
      }
    }
    process.changeConfig()
  }
  change(keys)
  await goBy(rig, 5_000)
  expect(process.said).toEqual(['the changed config is taken: keys: 1 added'])
  expect(closedWhileReading).toBe(false)
  expect((await rig.context.journal.load('key-1')).record?.current?.adopted).toBe(true)
  process.stop()
  await process.ended
})

test('work that is under way when the config changes ends before the replaced providers do', async () => {
  const rig = makeServedRig()
  const order: string[] = []
  const process = startServing(rig, {
    around: async (call) => {
      if (call !== 'store.read') return
      order.push('read begins')
      process.nextReload = () => ({ is: 'taken', summary: '', close: async () => void order.push('closed') })
      process.changeConfig()
      await rig.clock.sleep(90)
      order.push('read ends')
    },
  })
  await goBy(rig, 5_000)
  expect(order.slice(0, 3)).toEqual(['read begins', 'read ends', 'closed'])
  process.stop()
  await process.ended
})

test('limits that change hold from then on', async () => {
  const rig = makeServedRig({ policy: { everyMs: 4 * DAY_MS } })
  const keys = makeKeys(rig, 6)
  const process = startServing(rig, { keys, limits: { perDay: 1 } })
  await goBy(rig, DAY_MS)
  const early = rig.space.calls.issue ?? 0
  expect(early).toBeLessThanOrEqual(2)
  await goBy(rig, 5 * DAY_MS)
  process.nextReload = () => {
    process.context = { ...process.context, limits: { atOnce: 4, perRun: 100, perDay: 100 } }
    return { is: 'taken', summary: 'the same keys', close: async () => {} }
  }
  process.changeConfig()
  await goBy(rig, 10 * MINUTE_MS)
  const records = await rig.context.journal.list({ limit: 100 })
  expect(records.every(({ last }) => last?.end === 'completed')).toBe(true)
  process.stop()
  await process.ended
})

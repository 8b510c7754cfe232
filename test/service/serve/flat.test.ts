/* Over virtual weeks nothing that the process keeps grows: timers, listeners, claims, what it knows of the keys. */
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { Clock } from '../../../src/contracts/clock.ts'
import { DAY_MS, goBy, HOUR_MS, makeKeys, makeServedRig, startServing } from './rig.ts'

/** The same clock, with a count of what waits for it. */
function countWaiting(clock: Clock): { clock: Clock; waiting: () => number } {
  let waiting = 0
  const add = (cancel: () => void) => {
    let isOver = false
    waiting += 1
    return () => {
      if (!isOver) waiting -= 1
      isOver = true
      cancel()
    }
  }
  return {
    waiting: () => waiting,
    clock: {
      wallMs: clock.wallMs,
      monotonicMs: clock.monotonicMs,
      uptime: clock.uptime,
      async sleep(ms, signal) {
        waiting += 1
        await clock.sleep(ms, signal)
        waiting -= 1
      },
      after(ms, run) {
        const end = add(() => {})
        const cancel = clock.after(ms, () => {
          end()
          run()
        })
        return () => {
          end()
          cancel()
        }
      },
      every: (ms, run) => add(clock.every(ms, run)),
    },
  }
}

test('three weeks with a rotation of each key every few days leave nothing behind', async () => {
  const rig = makeServedRig({ policy: { everyMs: 4 * DAY_MS } })
  const { clock, waiting } = countWaiting(rig.clock)
  const keys = makeKeys(rig, 5)
  const process = startServing(rig, { keys, context: { clock } })
  const measure = () => ({
    timers: waiting(),
    listeners: getEventListeners(process.context.stop, 'abort').length,
    watchers: rig.journal.watchers.size,
    keys: process.serving.keys().length,
    claims: [...rig.journal.rows.values()].filter(({ claimId }) => claimId !== null).length,
  })
  await goBy(rig, DAY_MS + HOUR_MS / 7)
  const before = measure()
  expect(before).toEqual({ timers: 1, listeners: before.listeners, watchers: 1, keys: 5, claims: 0 })
  await goBy(rig, 3 * 7 * DAY_MS)
  expect(rig.space.calls.issue).toBeGreaterThan(5 * 4)
  expect(process.failed).toEqual([])
  expect(measure()).toEqual(before)
  process.stop()
  await process.ended
  expect(waiting()).toBe(0)
  expect(getEventListeners(process.context.stop, 'abort')).toHaveLength(0)
  expect(rig.journal.watchers.size).toBe(0)
})

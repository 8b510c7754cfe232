import { expect, it } from 'vitest'
import { catchUpMsOf } from '../../src/contracts/closures.ts'
import type { KeyConfig } from '../../src/contracts/config.ts'
import type { Context } from '../../src/service/context.ts'
import { pause, unpause } from '../../src/service/pause.ts'
import { planNext } from '../../src/service/plan.ts'
import { run } from '../../src/service/run.ts'
import { makeRig, type Rig } from '../engine/harness.ts'
import { makeKeys } from './serve/rig.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const STEP = 3 * HOUR

const policy = { everyMs: 30 * DAY, overlapMs: HOUR, afterCareMs: 0 }

function contextOf(rig: Rig, more: Partial<KeyConfig>, count = 5): Context {
  const keys = makeKeys(rig, count, { ...more, policy: { ...rig.key.policy, ...policy }, lookEveryMs: DAY })
  return { ...rig.context, keys, limits: { atOnce: 10, perRun: 100, perDay: 3 }, waitMs: 10 * 60_000 }
}

/** Calls `run` every three hours, as cron does. @returns when which key began a rotation. */
async function runFor(rig: Rig, context: Context, forMs: number): Promise<{ key: string; at: number }[]> {
  const started: { key: string; at: number }[] = []
  for (const end = rig.clock.wallMs() + forMs; rig.clock.wallMs() < end; ) {
    const at = rig.clock.wallMs()
    await run({
      ...context,
      watch: {
        committed: (audit) => {
          for (const { key, kind } of audit) if (kind === 'started') started.push({ key, at })
        },
      },
    })
    await rig.clock.sleep(Math.max(1, at + STEP - rig.clock.wallMs()))
  }
  return started
}

it('shows the dates at which runs then start, over a freeze, a window and the limit of a day', async () => {
  const rig = makeRig()
  const from = rig.clock.wallMs() + 20 * DAY
  const freeze = { from, to: from + 12 * DAY, why: 'the calendar freeze is closed' }
  const context = contextOf(rig, {
    closures: [{ ...freeze, catchUpMs: catchUpMsOf(freeze) }],
    window: { cron: '0 */6 * * *', forMs: 3 * HOUR, timeZone: 'UTC', longestGapMs: 6 * HOUR },
  })
  await run(context)
  const { starts, undated } = await planNext(context, [], 9)
  expect(undated).toEqual([])
  expect(starts.some(({ moved }) => moved?.by.includes('the calendar freeze'))).toBe(true)
  expect(starts.every(({ at }) => at < freeze.from || at >= freeze.to)).toBe(true)
  const started = await runFor(rig, context, 66 * DAY)
  expect(started.length).toBeGreaterThanOrEqual(9)
  // Those that start within the same three hours come in any order.
  for (const name of context.keys.keys()) {
    const planned = starts.filter(({ key }) => key === name)
    const real = started.filter(({ key }) => key === name)
    // A run comes up to three hours later, and so does the next one of the same key.
    for (const [index, { at }] of planned.entries())
      expect(Math.abs((real[index]?.at ?? 0) - at)).toBeLessThanOrEqual(2 * STEP)
  }
})

it('a pause of all keys holds what starts by itself, not what a person asks for, and ends by itself', async () => {
  const rig = makeRig()
  const context = contextOf(rig, {}, 3)
  await run(context)
  const until = rig.clock.wallMs() + 60 * DAY
  const paused = await pause(context, { key: null, by: 'ann', until, reason: 'move' })
  expect(paused).toMatchObject({ key: null, expiring: [], running: [] })
  const { starts } = await planNext(context, [], 3)
  expect(starts.map(({ moved }) => moved?.by)).toEqual(Array(3).fill(expect.stringContaining('ann: move')))
  expect(await runFor(rig, context, 59 * DAY)).toEqual([])
  const late = await runFor(rig, context, 3 * DAY)
  expect(new Set(late.map(({ key }) => key)).size).toBe(3)
  for (const { at } of late) expect(at).toBeLessThanOrEqual(until + DAY + STEP)
})

it('a pause of one key leaves the others alone, until somebody ends it', async () => {
  const rig = makeRig()
  const context = contextOf(rig, {}, 2)
  await run(context)
  await pause(context, { key: 'key-0', by: 'ann' })
  const { undated } = await planNext(context, [], 3)
  expect(undated).toEqual([{ key: 'key-0', why: expect.stringContaining('paused since') }])
  expect((await runFor(rig, context, 40 * DAY)).map(({ key }) => key)).toEqual(['key-1'])
  expect(await unpause(context, { key: 'key-0', by: 'ann' })).toMatchObject({ by: 'ann' })
  expect(await unpause(context, { key: 'key-0', by: 'ann' })).toBeNull()
  expect((await runFor(rig, context, DAY)).map(({ key }) => key)).toContain('key-0')
  await expect(pause(context, { key: 'key-0', by: 'ann', until: rig.clock.wallMs() })).rejects.toThrow(
    'is past',
  )
  await expect(pause(context, { key: 'other', by: 'ann' })).rejects.toThrow('no key other')
})

import { expect, it } from 'vitest'
import { catchUpMsOf } from '../../src/contracts/closures.ts'
import type { KeyConfig } from '../../src/contracts/config.ts'
import type { Watcher } from '../../src/engine/context.ts'
import type { Context } from '../../src/service/context.ts'
import { pause, unpause } from '../../src/service/pause.ts'
import { planNext } from '../../src/service/plan.ts'
import { run } from '../../src/service/run.ts'
import { makeRig, type Rig } from '../engine/harness.ts'
import { makeKeys, startServing } from './serve/rig.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const STEP = 3 * HOUR

const policy = { overlapMs: HOUR, afterCareMs: 0 }

function contextOf(
  rig: Rig,
  more: Partial<KeyConfig>,
  { count = 5, everyMs = 30 * DAY }: { count?: number; everyMs?: number } = {},
): Context {
  const keys = makeKeys(rig, count, {
    ...more,
    policy: { ...rig.key.policy, ...policy, everyMs },
    lookEveryMs: DAY,
  })
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

it('shows the dates at which rotations then start, over a freeze, a window and the limit of a day', async () => {
  const rig = makeRig()
  const from = rig.clock.wallMs() + 3 * DAY
  const freeze = { from, to: from + 3 * DAY, why: 'the calendar freeze is closed' }
  const closures = [{ ...freeze, catchUpMs: catchUpMsOf(freeze) }]
  const window = { cron: '0 */6 * * *', forMs: 3 * HOUR, timeZone: 'UTC', longestGapMs: 6 * HOUR }
  const { keys, limits } = contextOf(rig, { closures, window }, { everyMs: 5 * DAY })
  const started: { key: string; at: number }[] = []
  const committed: NonNullable<Watcher['committed']> = (audit) => {
    for (const { key, kind, at } of audit) if (kind === 'started') started.push({ key, at })
  }
  const { context, stop, ended } = startServing(rig, {
    keys: new Map(keys),
    limits,
    context: { watch: { committed } },
  })
  await rig.clock.sleep(HOUR)
  const { starts, undated } = await planNext(context, [], 9)
  expect(undated).toEqual([])
  expect(starts.some(({ moved }) => moved?.by.includes('the calendar freeze'))).toBe(true)
  expect(starts.some(({ moved }) => moved?.by.includes('3 rotations start within 24 hours'))).toBe(true)
  expect(starts.every(({ at }) => at < freeze.from || at >= freeze.to)).toBe(true)
  await rig.clock.sleep(13 * DAY)
  stop()
  await ended
  // By key, since two of them may start in the same moment.
  const late = starts.map(({ key, at }, index) => {
    const nth = starts.slice(0, index).filter((one) => one.key === key).length
    return Math.abs((started.filter((one) => one.key === key)[nth]?.at ?? 0) - at)
  })
  // What waits for a limit is judged again each minute.
  expect(Math.max(...late)).toBeLessThan(5 * 60_000)
  expect(started.length).toBeGreaterThanOrEqual(starts.length)
})

it('a pause of all keys holds what starts by itself, not what a person asks for, and ends by itself', async () => {
  const rig = makeRig()
  const context = contextOf(rig, {}, { count: 3 })
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
  const context = contextOf(rig, {}, { count: 2 })
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

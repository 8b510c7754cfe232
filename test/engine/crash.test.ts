import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import {
  assertLive,
  assertSafe,
  killAt,
  leaseRunsOut,
  makeWorkload,
  runToEnd,
  type Workload,
} from './actors.ts'
import { type Around, makeRig, type Rig, type Setup } from './harness.ts'

interface Scene {
  rig: Rig
  workloads: readonly Workload[]
  /** What was seen after some call; kept, since whoever is killed swallows errors. */
  seen: unknown[]
}

const policy = { callLimitMs: 30, readyLimitMs: 200 }

function happyWay(setup: Setup): Scene {
  const app = makeWorkload({ tells: true })
  const rig = makeRig({ consumers: { app }, policy, ...setup })
  app.attach(rig)
  return { rig, workloads: [app], seen: [] }
}

/** The workload does not start with any key but the first: the rollout fails. */
function failingRollout(): Scene {
  let first: string | null | undefined
  const app = makeWorkload({ tells: true, state: (held) => (held === first ? 'ready' : 'failed') })
  const rig = makeRig({ targets: 2, plain: [1], consumers: { app }, policy })
  first = rig.held()[0]
  app.attach(rig)
  return { rig, workloads: [app], seen: [] }
}

/** After each call nobody may hold a dead key. */
function watched(scene: Scene, around: Around = (_call, run) => run()): Around {
  return async (call, run, args) => {
    try {
      return await around(call, run, args)
    } finally {
      try {
        assertLive(scene.rig, scene.workloads)
      } catch (error) {
        scene.seen.push(error)
      }
    }
  }
}

async function countCalls(scene: Scene): Promise<number> {
  let calls = 0
  const counting: Around = (_call, run) => {
    calls += 1
    return run()
  }
  await scene.rig.rotate({}, scene.rig.process(watched(scene, counting)))
  assertSafe(scene.rig)
  return calls
}

async function dieAndGoOn(scene: Scene, nth: number, when: 'before' | 'after'): Promise<string> {
  const { rig } = scene
  const dying = killAt((_call, count) => (count === nth ? when : undefined))
  await rig.rotate({}, rig.process(watched(scene, dying))).catch(() => {})
  await leaseRunsOut(rig)
  const start = () => ({ id: '20261123-onward', reason: 'asked' as const })
  const record = (await rig.context.journal.load('video')).record
  // A process that died before it began left nothing to go on with: somebody asks again.
  if (!record?.rotation && !record?.last)
    await rig.rotate({ start }, rig.process(watched(scene), rig.context.journal))
  await runToEnd(rig, watched(scene))
  assertSafe(rig)
  assert.deepEqual(scene.seen, [])
  return (await rig.record()).last?.end ?? 'none'
}

/** Every call of the rotation, killed right before it is sent and right after it took effect. */
async function killEverywhere(make: () => Scene): Promise<{ points: number; ends: Set<string> }> {
  const calls = await countCalls(make())
  const points = Array.from({ length: calls }, (_, index) => index + 1).flatMap((nth) => [
    { nth, when: 'before' as const },
    { nth, when: 'after' as const },
  ])
  const ends = new Set<string>()
  for (const { nth, when } of points) {
    try {
      ends.add(await dieAndGoOn(make(), nth, when))
    } catch (cause) {
      throw new Error(`killed ${when} call ${nth} of ${calls}`, { cause })
    }
  }
  console.info(`killed at ${points.length} points: ${calls} calls, before and after each`)
  return { points: points.length, ends }
}

test('one target, killed at every call: it ends completed, one key lives, nobody ever holds a dead one', async () => {
  const { points, ends } = await killEverywhere(() => happyWay({ issuer: { canDisable: true } }))
  expect(points).toBeGreaterThan(60)
  expect([...ends]).toEqual(['completed'])
})

test('a failing rollout, killed at every call: it ends rolled back, one key lives, nobody ever holds a dead one', async () => {
  const { points, ends } = await killEverywhere(failingRollout)
  expect(points).toBeGreaterThan(80)
  expect([...ends]).toEqual(['rolled-back'])
})

test('five targets, killed at every call: it ends completed, one key lives, nobody ever holds a dead one', async () => {
  const { points, ends } = await killEverywhere(() => happyWay({ targets: 5, plain: [1, 3] }))
  expect(points).toBeGreaterThan(100)
  assert.deepEqual([...ends], ['completed'])
})

/* Whole rotations with a workload that restarts: its pods hold the key that they read when they started. */

import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { makeWorkloadConsumer } from '../../../../providers/shared/kubernetes/workload/consumer.ts'
import type { Consumer } from '../../../../src/contracts/consumer.ts'
import { rotate } from '../../../../src/service/rotate.ts'
import { makeRig, type Rig, type Setup } from '../../../engine/harness.ts'
import { makeTinyWorkload, type TinyWorkload } from '../../../shared/stand-ins/kubernetes/tiny-workload.ts'
import { setState } from './rig.ts'

interface Staged {
  rig: Rig
  workload: TinyWorkload
  /** What the pods that run now read when they started. */
  runsWith(): (string | null)[]
}

/** `fails`: whether a pod that read this key crashes. */
function stage(
  setup: Setup = {},
  fails: (held: string | null, old: string | null) => boolean = () => false,
): Staged {
  // The rig has the clock that the workload needs, and the workload makes the consumer that the rig needs.
  const late: { consumer?: Consumer } = {}
  const app: Consumer = {
    restart: async (...given) => late.consumer?.restart?.(...given),
    ready: (...given) => late.consumer?.ready(...given) ?? Promise.reject(new Error('not staged')),
    check: async (...given) => (await late.consumer?.check?.(...given)) ?? { problems: [], notes: [] },
  }
  const rig = makeRig({
    consumers: { app },
    store: { settle: '2s' },
    ...setup,
    policy: {
      callLimitMs: 60_000,
      readyLimitMs: 120_000,
      giveUpMs: 600_000,
      retryMinMs: 1_000,
      retryMaxMs: 10_000,
      ...setup.policy,
    },
    leaseMs: 240_000,
    waitMs: setup.waitMs ?? 3_600_000,
  })
  const { clock, held } = rig
  const [old = null] = held()
  const workload = makeTinyWorkload(clock)
  const read = new Map<string, string | null>()
  workload.onPod = (pod: V1Pod) => {
    const [now = null] = held()
    read.set(pod.metadata?.name ?? '', now)
    if (fails(now, old)) setState(pod, { terminated: { exitCode: 3, reason: 'Error' } }, false, 4)
  }
  workload.roll()
  const settings = {
    provider: 'app',
    clock,
    restarts: true,
    gatherMs: 3_000,
    reloaderMs: 10_000,
    maxCrashes: 3,
  }
  late.consumer = makeWorkloadConsumer(() => [workload], settings)
  return {
    rig,
    workload,
    runsWith: () => workload.pods.map(({ metadata }) => read.get(metadata?.name ?? '') ?? null),
  }
}

test('every pod is new and has the new key before the old one is revoked', async () => {
  const { rig, workload, runsWith } = stage()
  const [old] = rig.held()
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'issuer.revoke') for (const key of runsWith()) expect(key).not.toBe(old)
    return run()
  }
  const { record } = await rig.rotate({}, rig.process(around))
  expect(record?.last?.end).toBe('completed')
  expect(workload.restarts()).toBe(1)
  for (const key of runsWith()) expect(rig.accepted()).toContain(key)
})

test('new pods crash: the old value and the old pods are back before the new key is revoked', async () => {
  const { rig, workload, runsWith } = stage({}, (held, old) => held !== old)
  const [old] = rig.held()
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (call === 'issuer.revoke') for (const key of runsWith()) expect(key).toBe(old)
    return run()
  }
  const { record } = await rig.rotate({}, rig.process(around))
  expect(record?.last?.end).toBe('rolled-back')
  expect(workload.restarts()).toBe(2)
  expect(rig.held()).toEqual([old])
  expect(rig.accepted()).toEqual([old])
  const [failed] = await rig.texts('consumer-failed')
  expect(failed).toMatch(
    /app: Deployment web: container main of pod web-5 crashed 5 times, last with exit code 3/,
  )
})

test('a paused Deployment: nothing is created, and the reason says how to go on', async () => {
  const { rig, workload } = stage()
  workload.patchAs({ spec: { paused: true } })
  expect((await rig.rotate()).end).toBe('standing')
  const { hold } = await rig.rotation()
  expect(hold?.reason).toBe('consumer-refused')
  expect(hold?.detail).toMatch(
    /app: Deployment shop\/web is paused, .*kubectl rollout resume deployment\/web -n shop/,
  )
  expect(rig.space.calls.issue).toBeUndefined()
})

test('a Deployment that is paused is no reason to keep a leaked key', async () => {
  const { rig, workload } = stage({ waitMs: 30_000 })
  workload.patchAs({ spec: { paused: true } })
  await rotate(rig.context, 'video', { compromised: { leaked: 'old' } })
  expect(rig.space.calls.issue).toBe(1)
  expect((await rig.texts('noted')).join()).toMatch(/app: Deployment shop\/web is paused/)
})

test('a process that dies right after the patch: the next one finishes, and makes at most one restart more', async () => {
  const { rig, workload, runsWith } = stage()
  const [old] = rig.held()
  let died = false
  const around = async (call: string, run: () => Promise<unknown>) => {
    if (died) throw new Error('the process is dead')
    const result = await run()
    died = call === 'consumer.restart'
    return result
  }
  await expect(rig.rotate({}, rig.process(around))).rejects.toThrow('the process is dead')
  expect(workload.restarts()).toBe(1)
  rig.pass(300_000)
  expect((await rig.run()).record?.last?.end).toBe('completed')
  expect(workload.restarts()).toBeLessThanOrEqual(2)
  for (const key of runsWith()) expect(key).not.toBe(old)
})

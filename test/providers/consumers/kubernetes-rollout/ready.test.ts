/* When a workload counts as ready, and what is said of the pod that keeps it from that. */

import assert from 'node:assert/strict'
import type { V1Pod } from '@kubernetes/client-node'
import { describe, test } from 'vitest'
import { workloadKinds } from '../../../../providers/shared/kubernetes/workload/kinds.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, mark, restarted, setState } from './rig.ts'

describe.each(workloadKinds)('a %s', (kind) => {
  test('is ready once every pod is new, and its start proves it', async () => {
    const { is, oldestStart = 0, after } = await restarted(makeWorkloadRig(kind))
    assert.equal(is, 'ready')
    assert.ok(oldestStart >= after)
  })

  test('waits for the last old pod, also when it is only going', async () => {
    const rig = makeWorkloadRig(kind)
    const [old] = structuredClone(rig.workload.pods)
    const leaving = { ...old, metadata: { ...old?.metadata, name: 'web-old', deletionTimestamp: new Date() } }
    const { is, why } = await restarted(rig, ({ workload }) => workload.pods.push(leaving))
    assert.equal(is, 'progressing')
    assert.match(why ?? '', /pod web-old is from before the restart and is still going/)
  })

  test('waits for its controller to see the restart', async () => {
    const rig = makeWorkloadRig(kind)
    rig.workload.isHeld = true
    const { is, why } = await restarted(rig)
    assert.equal(is, 'progressing')
    assert.match(why ?? '', /its controller has not seen the restart yet/)
  })

  test('shows its state when no restart is asked about', async () => {
    const ready = await makeWorkloadRig(kind).consumer().ready({ mark: '', after: 0 }, newCall())
    assert.equal(ready.is, 'ready')
  })

  test('without pods is ready: nothing uses an older key', async () => {
    const { is, oldestStart = 0, after } = await restarted(makeWorkloadRig(kind, { replicas: 0 }))
    assert.equal(is, 'ready')
    assert.ok(oldestStart >= after)
  })
})

test('a pod of a later restart counts too', async () => {
  const { workload, consumer, clock } = makeWorkloadRig()
  const after = clock.wallMs()
  await consumer().restart(mark, newCall())
  await consumer().restart('mark-2', newCall())
  assert.equal(workload.restarts(), 2)
  assert.equal((await consumer().ready({ mark, after }, newCall())).is, 'ready')
})

test('a pod of an earlier restart does not', async () => {
  const rig = makeWorkloadRig()
  const { consumer, workload, clock } = rig
  await consumer().restart('mark-0', newCall())
  const [old] = structuredClone(workload.pods)
  clock.pass(1_000)
  const { is, why } = await restarted(rig, () => workload.pods.push(old as V1Pod))
  assert.equal(is, 'progressing')
  assert.match(why ?? '', /is from before the restart$/)
})

test('a container that starts again in an old pod does not make it new: its mounted file may be of before', async () => {
  const rig = makeWorkloadRig()
  const [old] = structuredClone(rig.workload.pods)
  const again = old as V1Pod
  const { is, why } = await restarted(rig, ({ workload, clock }) => {
    setState(again, { running: { startedAt: new Date(clock.wallMs() + 1_000) } }, true, 1)
    workload.pods.push(again)
  })
  assert.equal(is, 'progressing')
  assert.match(why ?? '', /pod web-1 is from before the restart$/)
})

test('what is wrong with an old pod is said too, since a StatefulSet waits for it', async () => {
  const rig = makeWorkloadRig('StatefulSet')
  const [old] = structuredClone(rig.workload.pods)
  setState(old as V1Pod, { terminated: { exitCode: 3 } }, false, 4)
  const { is, why } = await restarted(rig, ({ workload }) => workload.pods.push(old as V1Pod))
  assert.equal(is, 'progressing')
  assert.match(why ?? '', /is from before the restart \(container main of pod web-1 crashed 5 times/)
})

test('without the annotation the time of the start decides', async () => {
  const { is } = await restarted(makeWorkloadRig(), ({ workload }) => {
    workload.patchAs({ metadata: { annotations: { 'keyrota.dev/restarts': null } } })
    for (const pod of workload.pods) delete pod.metadata?.annotations
  })
  assert.equal(is, 'ready')
})

test('the remains of an evicted pod are not waited for', async () => {
  const rig = makeWorkloadRig()
  const [old] = structuredClone(rig.workload.pods)
  const evicted = { ...old, status: { phase: 'Failed', reason: 'Evicted' } }
  assert.equal((await restarted(rig, ({ workload }) => workload.pods.push(evicted))).is, 'ready')
})

test('the clock of a node that is behind does not matter', async () => {
  const rig = makeWorkloadRig()
  const {
    is,
    oldestStart = 0,
    after,
  } = await restarted(rig, ({ workload }) => {
    for (const pod of workload.pods) setState(pod, { running: { startedAt: new Date(0) } }, true)
  })
  assert.equal(is, 'ready')
  assert.ok(oldestStart >= after)
})

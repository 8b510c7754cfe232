/* What is said of the pod, or by the controller, that keeps a workload from being ready. */

import assert from 'node:assert/strict'
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node'
import { describe, test } from 'vitest'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, mark, restarted, setState, type WorkloadRig } from './rig.ts'

describe('what is wrong with a pod is said with its name', () => {
  const ended = (exitCode: number, reason = 'Error'): V1ContainerState => ({
    terminated: { exitCode, reason },
  })
  const backingOff: V1ContainerState = { waiting: { reason: 'CrashLoopBackOff' } }
  const waiting = (reason: string, message?: string): V1ContainerState => ({
    waiting: { reason, ...(message ? { message } : {}) },
  })
  const rows: readonly [string, 'progressing' | 'failed', RegExp, (pod: V1Pod) => void][] = [
    [
      'one crash',
      'progressing',
      /container main of pod web-3 crashed once, last with exit code 1$/,
      (pod) => setState(pod, ended(1)),
    ],
    [
      'three crashes, between two of which nothing is said of a loop',
      'failed',
      /crashed 3 times, last with exit code 1$/,
      (pod) => setState(pod, ended(1), false, 2),
    ],
    [
      'three crashes, while it backs off',
      'failed',
      /crashed 3 times, last with exit code 2$/,
      (pod) => {
        setState(pod, backingOff, false, 2)
        Object.assign(pod.status?.containerStatuses?.[0] ?? {}, { lastState: ended(2) })
      },
    ],
    [
      'too much memory',
      'failed',
      /crashed 3 times, last with exit code 137 \(OOMKilled\)$/,
      (pod) => setState(pod, ended(137, 'OOMKilled'), false, 2),
    ],
    [
      'running again after crashes',
      'progressing',
      /crashed 2 times/,
      (pod) => setState(pod, { running: {} }, false, 2),
    ],
    [
      'no image',
      'progressing',
      /cannot get its image app:1 \(ImagePullBackOff\)$/,
      (pod) => setState(pod, waiting('ImagePullBackOff')),
    ],
    [
      'an image that is wrong',
      'progressing',
      /\(InvalidImageName\)$/,
      (pod) => setState(pod, waiting('InvalidImageName')),
    ],
    [
      'a field of the Secret is missing, still soon after the start',
      'progressing',
      /cannot be set up \(CreateContainerConfigError\): couldn't find key API_KEY in Secret shop\/app$/,
      (pod) =>
        setState(pod, waiting('CreateContainerConfigError', "couldn't find key API_KEY in Secret shop/app")),
    ],
    [
      'a field of the Secret is missing for half a minute',
      'failed',
      /CreateContainerConfigError/,
      (pod) => {
        setState(pod, waiting('CreateContainerConfigError'))
        if (pod.metadata?.creationTimestamp) pod.metadata.creationTimestamp = new Date(0)
      },
    ],
    [
      'a command that cannot be run, whose text is not repeated',
      'progressing',
      /cannot be set up \(RunContainerError\)$/,
      (pod) => setState(pod, waiting('RunContainerError', 'exec: "--token=abc"')),
    ],
    [
      'nowhere to run',
      'progressing',
      /pod web-3 cannot be scheduled: 0\/1 nodes are available/,
      (pod) => {
        setState(pod, {})
        pod.status = {
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/1 nodes are available',
            },
          ],
        }
      },
    ],
    [
      'not ready',
      'progressing',
      /pod web-3 is not ready, though its containers run$/,
      (pod) => setState(pod, { running: {} }),
    ],
  ]
  test.each(rows)('%s', async (_, expected, says, change) => {
    const rig = makeWorkloadRig()
    rig.workload.onPod = (pod) => {
      if (pod.metadata?.name === 'web-3') change(pod)
    }
    const { is, why = '' } = await restarted(rig)
    assert.equal(is, expected, why)
    assert.match(why, says)
    assert.match(why, /^Deployment web: /)
  })

  test('the limit of crashes is an option', async () => {
    const rig = makeWorkloadRig()
    rig.workload.onPod = (pod) => setState(pod, ended(1))
    const consumer = rig.consumer({ maxCrashes: 1 })
    await consumer.restart(mark, newCall())
    assert.equal((await consumer.ready({ mark, after: 0 }, newCall())).is, 'failed')
  })
})

describe('what its controller says', () => {
  const exceeded = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }
  const rows: readonly [
    string,
    'progressing' | 'failed',
    RegExp,
    WorkloadRig['workload']['name']['kind'],
    object,
  ][] = [
    [
      'the progress deadline',
      'failed',
      /its progress deadline is exceeded$/,
      'Deployment',
      { conditions: [exceeded] },
    ],
    [
      'a quota',
      'progressing',
      /pods cannot be created \(FailedCreate\)$/,
      'Deployment',
      { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }] },
    ],
    ['not all updated', 'progressing', /1 of 2 pods are updated$/, 'Deployment', { updatedReplicas: 1 }],
    [
      'not all available',
      'progressing',
      /1 of 2 pods are available$/,
      'Deployment',
      { availableReplicas: 1 },
    ],
    ['old ones left', 'progressing', /1 old pods are left$/, 'Deployment', { replicas: 3 }],
    [
      'the revision',
      'progressing',
      /its update revision is not the current one yet$/,
      'StatefulSet',
      { currentRevision: 'r0' },
    ],
    ['not all nodes', 'progressing', /1 of 2 pods are updated$/, 'DaemonSet', { updatedNumberScheduled: 1 }],
    ['a degraded Rollout', 'failed', /its phase is Degraded$/, 'Rollout', { phase: 'Degraded' }],
    [
      'pods that are not restarted',
      'progressing',
      /has not restarted every pod yet$/,
      'Rollout',
      { restartedAt: '2026-01-01T00:00:00Z' },
    ],
  ]
  test.each(rows)('%s', async (_, expected, says, kind, status) => {
    const { is, why } = await restarted(makeWorkloadRig(kind), ({ workload }) =>
      Object.assign(workload.object.status ?? {}, status),
    )
    assert.equal(is, expected)
    assert.match(why ?? '', says)
  })

  test('paused meanwhile', async () => {
    const rig = makeWorkloadRig()
    rig.workload.patchAs({ spec: { paused: true } })
    const { is, why } = await restarted(rig, ({ workload: { object } }) => {
      if (object.status) object.status.observedGeneration = object.metadata.generation
    })
    assert.equal(is, 'progressing')
    assert.match(why ?? '', /is paused/)
  })
})

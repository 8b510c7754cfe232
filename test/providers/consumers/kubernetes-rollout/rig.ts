import type { V1ContainerState, V1Pod } from '@kubernetes/client-node'
import {
  makeWorkloadConsumer,
  type WorkloadsSettings,
} from '../../../../providers/shared/kubernetes/workload/consumer.ts'
import type { WorkloadName } from '../../../../providers/shared/kubernetes/workload/kinds.ts'
import type { Consumer } from '../../../../src/contracts/consumer.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeTinyWorkload, type TinyWorkload } from '../../../shared/stand-ins/kubernetes/tiny-workload.ts'
import { VirtualClock } from '../../../shared/virtual-clock.ts'

export interface WorkloadRig {
  readonly clock: VirtualClock
  readonly workload: TinyWorkload
  /** A consumer of it; each is one process of its own, as far as the workload can tell. */
  consumer(settings?: Partial<WorkloadsSettings>): Required<Pick<Consumer, 'restart' | 'ready' | 'check'>>
}

/** One workload on a virtual clock. */
export function makeWorkloadRig(
  kind: WorkloadName['kind'] = 'Deployment',
  about: { replicas?: number; spec?: object } = {},
): WorkloadRig {
  const clock = new VirtualClock()
  const workload = makeTinyWorkload(clock, { kind, namespace: 'shop', name: 'web' }, about)
  clock.pass(60_000)
  const defaults = {
    provider: 'web',
    clock,
    restarts: true,
    gatherMs: 3_000,
    reloaderMs: 10_000,
    maxCrashes: 3,
  }
  return {
    clock,
    workload,
    consumer: (settings = {}) =>
      makeWorkloadConsumer(() => [workload], { ...defaults, ...settings }) as Required<Consumer>,
  }
}

/** What `kubectl rollout restart` sets. */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt'

export const mark = 'mark-1'

/** The state after a restart, which the test may hold and change. */
export async function restarted(rig: WorkloadRig, change: (rig: WorkloadRig) => void = () => undefined) {
  const consumer = rig.consumer()
  const after = rig.clock.wallMs()
  await consumer.restart(mark, newCall())
  change(rig)
  return { after, ...(await consumer.ready({ mark, after }, newCall())) }
}

/** The state of the one container of a pod. */
export function setState(pod: V1Pod, state: V1ContainerState, ready = false, restartCount = 0): void {
  const [container] = pod.status?.containerStatuses ?? []
  if (!container || !pod.status) return
  Object.assign(container, { state, ready, restartCount })
  pod.status.conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
}

import type { WorkloadKind } from './kinds.ts'
import type { Trouble } from './pod.ts'
import { type Workload, wantedPods } from './workload.ts'

/*
 * How far a workload's own controller says that it is, as `kubectl rollout status` reads it. Its pods are looked at
 * besides: the controller counts an old pod that is going as gone.
 */

/** Null: everything is updated and available. */
export function judgeProgress(kind: WorkloadKind, workload: Workload): Trouble | null {
  const { metadata, status } = workload
  // A status of an earlier generation says nothing about this one.
  if (Number(status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return wait('its controller has not seen the restart yet')
  return judges[kind](workload)
}

const judges: Readonly<Record<WorkloadKind, (workload: Workload) => Trouble | null>> = {
  Deployment: judgeDeployment,
  StatefulSet: judgeStatefulSet,
  DaemonSet: judgeDaemonSet,
  Rollout: judgeRollout,
}

function judgeDeployment(workload: Workload): Trouble | null {
  const { spec, status } = workload
  if (spec?.paused === true) return wait('it is paused, so its pods are not replaced')
  const progressing = findCondition(workload, 'Progressing')
  if (progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded')
    return { is: 'failed', why: 'its progress deadline is exceeded' }
  const failure = findCondition(workload, 'ReplicaFailure')
  if (failure?.status === 'True')
    return wait(`pods cannot be created (${failure.reason ?? 'ReplicaFailure'})`)
  return judgeCounts(workload) ?? countOld(status?.replicas, status?.updatedReplicas)
}

function judgeStatefulSet(workload: Workload): Trouble | null {
  const { spec, status } = workload
  if (spec?.updateStrategy?.type === 'OnDelete')
    return wait('its update strategy is OnDelete, so its pods are not replaced')
  const { updateRevision, currentRevision } = status ?? {}
  const counts = judgeCounts(workload)
  if (counts !== null || updateRevision === currentRevision) return counts
  return wait('its update revision is not the current one yet')
}

function judgeDaemonSet({ spec, status }: Workload): Trouble | null {
  if (spec?.updateStrategy?.type === 'OnDelete')
    return wait('its update strategy is OnDelete, so its pods are not replaced')
  const wanted = status?.desiredNumberScheduled ?? 0
  const { updatedNumberScheduled: updated = 0, numberAvailable: available = 0 } = status ?? {}
  if (updated < wanted) return wait(`${updated} of ${wanted} pods are updated`)
  return available < wanted ? wait(`${available} of ${wanted} pods are available`) : null
}

/** Its `restartAt` replaces pods without a new revision, so updated replicas say nothing. */
function judgeRollout(workload: Workload): Trouble | null {
  const { spec, status } = workload
  if (spec?.paused === true) return wait('it is paused')
  if (spec?.restartAt !== undefined && !isReached(status?.restartedAt, spec.restartAt))
    return wait('its controller has not restarted every pod yet')
  if (status?.phase === 'Degraded') return { is: 'failed', why: 'its phase is Degraded' }
  const wanted = wantedPods(workload)
  const available = status?.availableReplicas ?? 0
  return available < wanted ? wait(`${available} of ${wanted} pods are available`) : null
}

function isReached(at: string | undefined, wanted: string): boolean {
  return at !== undefined && Date.parse(at) >= Date.parse(wanted)
}

function judgeCounts(workload: Workload): Trouble | null {
  const wanted = wantedPods(workload)
  const { updatedReplicas: updated = 0, availableReplicas: available = 0 } = workload.status ?? {}
  if (updated < wanted) return wait(`${updated} of ${wanted} pods are updated`)
  return available < wanted ? wait(`${available} of ${wanted} pods are available`) : null
}

function countOld(all = 0, updated = 0): Trouble | null {
  return all > updated ? wait(`${all - updated} old pods are left`) : null
}

function findCondition({ status }: Workload, type: string) {
  return status?.conditions?.find((one) => one.type === type)
}

function wait(why: string): Trouble {
  return { is: 'progressing', why }
}

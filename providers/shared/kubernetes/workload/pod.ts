import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'

/* One pod: whether it lives and is ready, since when it runs, and what is wrong with it. */

export interface Trouble {
  readonly is: 'progressing' | 'failed'
  readonly why: string
}

/** A container that cannot be set up may only wait for a Secret that its node does not know yet. */
const setUpPatienceMs = 30_000
const longestMessage = 200

const pullReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
])

/** Whether its containers run or are to run; the remains of one that ended or was evicted use no key. */
export function isAlive({ status }: V1Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
}

export function isLeaving({ metadata }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false
}

export function nameOf({ metadata }: V1Pod): string {
  return metadata?.name ?? ''
}

/** When the API server made it, in milliseconds since 1970. */
export function createdAt({ metadata }: V1Pod): number {
  return Number(metadata?.creationTimestamp ?? 0)
}

/** When the oldest of its running containers started, in milliseconds since 1970; undefined when none runs. */
export function startOf({ status }: V1Pod): number | undefined {
  const starts = (status?.containerStatuses ?? []).flatMap(({ state }) =>
    state?.running?.startedAt === undefined ? [] : [Number(state.running.startedAt)],
  )
  return starts.length > 0 ? Math.min(...starts) : undefined
}

/** Why a pod is not ready; null for one that is. `maxCrashes`: after how many a container has failed. */
export function findTrouble(
  pod: V1Pod,
  { maxCrashes, nowMs }: { maxCrashes: number; nowMs: number },
): Trouble | null {
  if (isReady(pod)) return null
  const name = `pod ${nameOf(pod)}`
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False')
    return {
      is: 'progressing',
      why: `${name} cannot be scheduled${scheduled.message ? `: ${shorten(scheduled.message)}` : ''}`,
    }
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const troubles = containers.flatMap((one) => findContainerTrouble(pod, one, { maxCrashes, nowMs }) ?? [])
  return (
    troubles.find(({ is }) => is === 'failed') ??
    troubles[0] ?? { is: 'progressing', why: `${name} is not ready${describePhase(pod)}` }
  )
}

function findContainerTrouble(
  pod: V1Pod,
  container: V1ContainerStatus,
  { maxCrashes, nowMs }: { maxCrashes: number; nowMs: number },
): Trouble | null {
  const name = `container ${container.name} of pod ${nameOf(pod)}`
  const waiting = container.state?.waiting?.reason
  if (waiting !== undefined && pullReasons.has(waiting))
    return { is: 'progressing', why: `${name} cannot get its image ${container.image} (${waiting})` }
  const crashes = countCrashes(container)
  if (crashes > 0 && !container.ready)
    return {
      is: crashes >= maxCrashes ? 'failed' : 'progressing',
      why: `${name} crashed ${crashes === 1 ? 'once' : `${crashes} times`}${describeEnd(container)}`,
    }
  if (waiting !== undefined && /^(Create|Run)Container(Config)?Error$/.test(waiting)) {
    const ageMs = nowMs - Number(pod.metadata?.creationTimestamp ?? nowMs)
    return {
      is: ageMs >= setUpPatienceMs ? 'failed' : 'progressing',
      why: `${name} cannot be set up (${waiting})${describeSetUp(container)}`,
    }
  }
  return null
}

/** `CrashLoopBackOff` shows only now and then, so what counts is how often a container ended; a proper end of an init container is none. */
function countCrashes({ restartCount, state, lastState }: V1ContainerStatus): number {
  const ended = state?.terminated
  const hasEnded = ended !== undefined && (ended.exitCode !== 0 || restartCount > 0)
  const isBackingOff = state?.waiting?.reason === 'CrashLoopBackOff'
  if (hasEnded) return restartCount + 1
  // While it waits, the last end is the one that the restart count does not have yet.
  return isBackingOff && lastState?.terminated !== undefined ? restartCount + 1 : restartCount
}

function describeEnd({ state, lastState }: V1ContainerStatus): string {
  const ended = state?.terminated ?? lastState?.terminated
  if (ended === undefined) return ''
  const { exitCode, reason } = ended
  const said = reason === undefined || reason === 'Error' ? '' : ` (${reason})`
  return `, last with exit code ${exitCode}${said}`
}

/** Of the kubelet's texts only those that name an object are repeated: others quote a command line. */
function describeSetUp({ state }: V1ContainerStatus): string {
  const message = state?.waiting?.message ?? ''
  return /^(secret|configmap|couldn't find key)\b/i.test(message) ? `: ${shorten(message)}` : ''
}

function describePhase({ status }: V1Pod): string {
  return status?.phase === 'Running' ? ', though its containers run' : ''
}

function shorten(text: string): string {
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text
}

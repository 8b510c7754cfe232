import type { V1Pod } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import type { Readiness } from '../../../../src/contracts/consumer.ts'
import type { WorkloadApi } from './api.ts'
import { findTrouble, isAlive, isLeaving, nameOf, startOf, type Trouble } from './pod.ts'
import { judgeProgress } from './progress.ts'
import { findRestart, isMadeBy } from './restart-log.ts'
import { type Workload, wantedPods } from './workload.ts'

export interface About {
  /** Empty: no restart is asked about, only the state. */
  readonly mark: string
  /** When the restart was requested, in milliseconds since 1970. */
  readonly after: number
}

export interface Look {
  readonly readiness: Readiness
  /** The pods that count; empty unless it is ready. */
  readonly pods: readonly V1Pod[]
}

/**
 * Ready: the controller has everything updated and available, every pod was made by this restart or a later one and is
 * ready, and the last old pod is gone, also from the list of those that are going.
 */
export async function lookAtWorkload(
  workload: WorkloadApi,
  about: About,
  call: Call,
  { clock, maxCrashes }: { clock: Clock; maxCrashes: number },
): Promise<Look> {
  const seen = await workload.read(call)
  const pods = (await workload.listPods(seen, call)).filter(isAlive)
  const counts = makeCounting(workload, seen, about)
  const [made, old] = [pods.filter(counts), pods.filter((pod) => !counts(pod))]
  const current = made.filter((pod) => !isLeaving(pod))
  const nowMs = clock.wallMs()
  const troubles = current.flatMap((pod) => findTrouble(pod, { maxCrashes, nowMs }) ?? [])
  const held = judge(judgeProgress(workload.name.kind, seen), troubles, old)
  if (held) return { readiness: held, pods: [] }
  const wanted = wantedPods(seen)
  if (current.length < wanted)
    return { readiness: wait(`${current.length} of ${wanted} pods are there`), pods: [] }
  const oldestStart = findOldestStart(current, about, nowMs)
  return { readiness: { is: 'ready', ...(oldestStart === undefined ? {} : { oldestStart }) }, pods: current }
}

function makeCounting(
  workload: WorkloadApi,
  seen: Workload,
  { mark, after }: About,
): (pod: V1Pod) => boolean {
  if (mark === '') return () => true
  const restart = findRestart(seen, mark)
  const since = restart?.since ?? after
  if (workload.name.kind === 'Rollout' && restart !== undefined && restart.since === undefined) {
    const at = Date.parse(restart.id)
    return ({ metadata }) => Number(metadata?.creationTimestamp ?? 0) >= at
  }
  // Without our entry, which somebody may have removed, only the time shows which pods came later.
  return (pod) =>
    (restart !== undefined && isMadeBy(restart, seen, pod)) || (startOf(pod) ?? beforeStart(pod)) >= since
}

/** A pod in which nothing runs yet will start later than now. */
function beforeStart({ status }: V1Pod): number {
  const hasRun = status?.containerStatuses?.some(
    ({ restartCount, state }) => restartCount > 0 || state?.terminated,
  )
  return hasRun ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/** What is certain comes first, then what is wrong with a pod, which says more than a count. */
function judge(
  progress: Trouble | null,
  troubles: readonly Trouble[],
  old: readonly V1Pod[],
): Readiness | null {
  const worst = troubles.find(({ is }) => is === 'failed') ?? troubles[0]
  if (worst?.is === 'failed') return worst
  if (progress?.is === 'failed')
    return { is: 'failed', why: [progress.why, ...(worst ? [worst.why] : [])].join('; ') }
  if (worst) return worst
  if (progress) return progress
  const [first] = old
  if (first === undefined) return null
  const going = old.every(isLeaving) ? ' and is still going' : ''
  const others = old.length > 1 ? ` and ${old.length - 1} more` : ''
  return wait(`pod ${nameOf(first)}${others} is from before the restart${going}`)
}

function wait(why: string): Readiness {
  return { is: 'progressing', why }
}

/**
 * A pod that our restart made started after the request, whatever the clock of its node says. Where no pod runs, nothing
 * uses an older key.
 */
function findOldestStart(pods: readonly V1Pod[], { mark, after }: About, nowMs: number): number | undefined {
  const starts = pods.flatMap((pod) => startOf(pod) ?? [])
  if (starts.length < pods.length) return undefined
  if (mark === '') return starts.length > 0 ? Math.min(...starts) : undefined
  return Math.min(nowMs, Math.max(after, Math.min(...starts, nowMs)))
}

import type { V1Pod } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import type { Readiness } from '../../../../src/contracts/consumer.ts'
import type { WorkloadApi } from './api.ts'
import { createdAt, findTrouble, isAlive, isLeaving, nameOf, startOf, type Trouble } from './pod.ts'
import { judgeProgress } from './progress.ts'
import { findRestart, isMadeBy, type Restart } from './restart-log.ts'
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
  const restart = findRestart(seen, about.mark)
  const counts = makeCounting(workload, seen, about, restart)
  const [made, old] = [pods.filter(counts), pods.filter((pod) => !counts(pod))]
  const current = made.filter((pod) => !isLeaving(pod))
  const nowMs = clock.wallMs()
  const troubles = current.flatMap((pod) => findTrouble(pod, { maxCrashes, nowMs }) ?? [])
  const held = judge(
    judgeProgress(workload.name.kind, seen),
    troubles,
    describeOld(old, { maxCrashes, nowMs }),
  )
  if (held) return { readiness: held, pods: [] }
  const wanted = wantedPods(seen)
  if (current.length < wanted)
    return { readiness: wait(`${current.length} of ${wanted} pods are there`), pods: [] }
  const oldestStart = findOldestStart(current, about, {
    nowMs,
    isOurs: restart !== undefined && restart.since === undefined,
  })
  return { readiness: { is: 'ready', ...(oldestStart === undefined ? {} : { oldestStart }) }, pods: current }
}

function makeCounting(
  { name }: WorkloadApi,
  seen: Workload,
  { mark, after }: About,
  restart: Restart | undefined,
): (pod: V1Pod) => boolean {
  if (mark === '') return () => true
  if (restart !== undefined && restart.since === undefined) {
    if (name.kind !== 'Rollout') return (pod) => isMadeBy(restart, seen, pod)
    const at = Date.parse(restart.id)
    return (pod) => createdAt(pod) >= at
  }
  // Somebody else restarted it, or removed our entry. Its creation counts and not the start of a container, which may
  // start again beside a mounted file of before.
  return (pod) => createdAt(pod) >= (restart?.since ?? after)
}

/** What is certain comes first, then what is wrong with a pod, which says more than a count. */
function judge(
  progress: Trouble | null,
  troubles: readonly Trouble[],
  old: string | undefined,
): Readiness | null {
  const worst = troubles.find(({ is }) => is === 'failed') ?? troubles[0]
  if (worst?.is === 'failed') return worst
  if (progress?.is === 'failed')
    return { is: 'failed', why: [progress.why, ...(worst ? [worst.why] : [])].join('; ') }
  if (worst) return worst
  if (progress) return wait([progress.why, ...(old === undefined ? [] : [old])].join('; '))
  return old === undefined ? null : wait(old)
}

/** A StatefulSet replaces no pod while another is not ready, so what is wrong with an old one matters too. */
function describeOld(
  old: readonly V1Pod[],
  limits: { maxCrashes: number; nowMs: number },
): string | undefined {
  const [first] = old
  if (first === undefined) return undefined
  const going = old.every(isLeaving) ? ' and is still going' : ''
  const others = old.length > 1 ? ` and ${old.length - 1} more` : ''
  const trouble = isLeaving(first) ? null : findTrouble(first, limits)
  return `pod ${nameOf(first)}${others} is from before the restart${going}${trouble ? ` (${trouble.why})` : ''}`
}

function wait(why: string): Readiness {
  return { is: 'progressing', why }
}

/**
 * A pod that our restart made started after the request, whatever the clock of its node says. Where no pod runs, nothing
 * uses an older key.
 */
function findOldestStart(
  pods: readonly V1Pod[],
  { mark, after }: About,
  { nowMs, isOurs }: { nowMs: number; isOurs: boolean },
): number | undefined {
  const starts = pods.flatMap((pod) => startOf(pod) ?? [])
  if (starts.length < pods.length) return undefined
  if (mark !== '' && (isOurs || pods.length === 0))
    return Math.min(nowMs, Math.max(after, Math.min(...starts, nowMs)))
  return starts.length > 0 ? Math.min(...starts) : undefined
}

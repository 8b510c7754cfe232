import type { V1Pod } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import type { Readiness } from '../../../../src/contracts/consumer.ts'
import type { WorkloadApi } from './api.ts'
import { askPods } from './proof.ts'
import type { Proof } from './proof-option.ts'
import { type About, lookAtWorkload } from './ready.ts'

export interface ReadySettings {
  readonly provider: string
  readonly clock: Clock
  readonly maxCrashes: number
  readonly proof?: Proof | undefined
}

/** The state of all workloads together: the worst of them, and the oldest start. */
export async function askReadiness(
  workloads: readonly WorkloadApi[],
  about: About,
  call: Call,
  settings: ReadySettings,
): Promise<Readiness> {
  const ready: Readiness[] = []
  const pods: V1Pod[] = []
  let held: Readiness | undefined
  for (const workload of workloads) {
    const look = await lookAtWorkload(workload, about, call, settings)
    const { is, why } = look.readiness
    if (is === 'ready') ready.push(look.readiness)
    else if (held?.is !== 'failed' && (held === undefined || is === 'failed'))
      held = { is, why: `${workload.name.kind} ${workload.name.name}: ${why ?? 'no reason is given'}` }
    pods.push(...look.pods)
  }
  if (held) return held
  const starts = ready.flatMap(({ oldestStart }) => oldestStart ?? [])
  return {
    is: 'ready',
    ...(starts.length === ready.length && starts.length > 0 ? { oldestStart: Math.min(...starts) } : {}),
    ...(await prove(pods, call, settings)),
  }
}

async function prove(
  pods: readonly V1Pod[],
  call: Call,
  { provider, proof }: ReadySettings,
): Promise<Pick<Readiness, 'fingerprint' | 'otherFingerprints' | 'why'>> {
  if (proof === undefined || pods.length === 0) return {}
  const { fingerprints, why } = await askPods(provider, pods, proof, call)
  const [fingerprint, ...others] = fingerprints
  return {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(others.length > 0 ? { otherFingerprints: others } : {}),
    ...(why === undefined ? {} : { why }),
  }
}

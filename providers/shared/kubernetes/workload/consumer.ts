import type { Call } from '../../../../src/contracts/call.ts'
import type { Consumer, ConsumerCheck, WantedKey } from '../../../../src/contracts/consumer.ts'
import type { WorkloadApi } from './api.ts'
import { checkWorkload } from './check.ts'
import type { Proof } from './proof-option.ts'
import { askReadiness } from './readiness.ts'
import { restartWorkload } from './restart.ts'
import type { RestartSettings } from './settings.ts'

export interface WorkloadsSettings extends Omit<RestartSettings, 'proves'> {
  readonly provider: string
  readonly maxCrashes: number
  /** Whether Keyrota restarts them. */
  readonly restarts: boolean
  readonly proof?: Proof | undefined
}

/** A consumer of one or more workloads; `open` is called at the first use, when the cluster is known. */
export function makeWorkloadConsumer(
  open: () => readonly WorkloadApi[],
  settings: WorkloadsSettings,
): Consumer {
  const { clock, restarts, proof } = settings
  const consumer: Consumer = {
    ready: async (about, call) => askReadiness(open(), about, call, settings),
    check: async ({ targets }, call) =>
      joinChecks(
        await eachWorkload(open(), (one) => checkWorkload(one, { targets, isRestarted: restarts }, call)),
      ),
  }
  if (restarts)
    consumer.restart = async (mark: string, call: Call, wanted?: WantedKey) => {
      const since = wanted?.since ?? clock.wallMs()
      const own = { ...settings, proves: proof !== undefined }
      // A call has one time limit for all of them, and they gather at the same time.
      await eachWorkload(open(), (one) => restartWorkload(one, { mark, since }, call, own))
    }
  return consumer
}

/** All are asked, whatever one of them says; then the first error is thrown. */
async function eachWorkload<T>(
  workloads: readonly WorkloadApi[],
  ask: (workload: WorkloadApi) => Promise<T>,
): Promise<T[]> {
  const settled = await Promise.allSettled(workloads.map(ask))
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

function joinChecks(checks: readonly ConsumerCheck[]): ConsumerCheck {
  return {
    problems: checks.flatMap(({ problems }) => problems),
    notes: checks.flatMap(({ notes }) => notes),
  }
}

import type { Call } from '../../../src/contracts/call.ts'
import type { Consumer, WantedKey } from '../../../src/contracts/consumer.ts'
import type { WorkloadApi } from '../../shared/kubernetes/workload/api.ts'
import { makeWorkloadConsumer, type WorkloadsSettings } from '../../shared/kubernetes/workload/consumer.ts'
import type { ExternalSecretApi } from './api.ts'
import { checkSync, judgeSync, refresh } from './sync.ts'

export interface Behind {
  readonly source: ExternalSecretApi
  readonly workloads: readonly WorkloadApi[]
}

export interface BehindSettings extends WorkloadsSettings {
  readonly waitMs: number
  readonly settleMs: number
}

/** First the Secret has the key, then the workloads restart; neither is ready without the other. */
export function makeSyncedConsumer(open: () => Behind, settings: BehindSettings): Consumer {
  const { clock, settleMs } = settings
  const workloads = makeWorkloadConsumer(() => open().workloads, settings)
  return {
    async restart(mark: string, call: Call, wanted?: WantedKey) {
      const { source } = open()
      if (wanted !== undefined)
        await refresh(source, { mark, fingerprint: wanted.fingerprint }, call, settings)
      if (open().workloads.length === 0) return
      await clock.sleep(settleMs, call.signal)
      // Only now is it in the cluster: pods that started before may have the old one.
      await workloads.restart?.(mark, call, { fingerprint: wanted?.fingerprint ?? '', since: clock.wallMs() })
    },
    async ready(about, call) {
      const { source, workloads: behind } = open()
      const held = await judgeSync(source, about.fingerprint, call)
      if (held) return held
      // The Secret shows nothing of who reads it.
      if (behind.length === 0) return { is: 'ready', why: 'the Secret holds the key; no workload is named' }
      return await workloads.ready(about, call)
    },
    async check(about, call) {
      const [own, behind] = [await checkSync(open().source, call), await workloads.check?.(about, call)]
      return {
        problems: [...own.problems, ...(behind?.problems ?? [])],
        notes: [...own.notes, ...(behind?.notes ?? [])],
      }
    },
  }
}

/* Consumer `kubernetes-rollout`: restarts a workload of a cluster and waits until no pod of before is left. */

import type { TimedContext } from '../../../src/contracts/call.ts'
import type { Consumer } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { openClient } from '../../shared/kubernetes/client.ts'
import { openWorkload, type WorkloadApi } from '../../shared/kubernetes/workload/api.ts'
import { makeWorkloadConsumer } from '../../shared/kubernetes/workload/consumer.ts'
import type { Options } from './options.ts'

export function make(
  options: Options,
  { name: provider, clock }: Pick<TimedContext, 'name' | 'clock'>,
): Consumer {
  const client = openClient(provider, options)
  const { kind, name, restart, fingerprint, maxCrashes } = options
  let opened: WorkloadApi | undefined
  const open = () => {
    // The namespace of a kubeconfig is known only once that is read.
    opened ??= openWorkload(client, provider, { kind, name, namespace: client.namespace() })
    return [opened]
  }
  const consumer = makeWorkloadConsumer(open, {
    provider,
    clock,
    restarts: restart,
    gatherMs: parseDurationMs(options.gather),
    reloaderMs: parseDurationMs(options.reloaderWait),
    maxCrashes,
    proof: fingerprint,
  })
  return { ...consumer, close: async () => client.close() }
}

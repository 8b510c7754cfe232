/* Consumer `external-secret`: has the operator take the key over from a store outside, then restarts workloads. */

import type { TimedContext } from '../../../src/contracts/call.ts'
import type { Consumer } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { openClient } from '../../shared/kubernetes/client.ts'
import { openWorkload } from '../../shared/kubernetes/workload/api.ts'
import { openExternalSecret } from './api.ts'
import { type Behind, makeSyncedConsumer } from './consumer.ts'
import type { Options } from './options.ts'

export function make(
  options: Options,
  { name: provider, clock }: Pick<TimedContext, 'name' | 'clock'>,
): Consumer {
  const client = openClient(provider, options)
  const { name, secret = name, field, version, workloads } = options
  let opened: Behind | undefined
  const open = () => {
    if (opened === undefined) {
      const namespace = client.namespace()
      opened = {
        source: openExternalSecret(client, { namespace, name, secret, field, version }),
        workloads: workloads.map((one) => openWorkload(client, provider, { ...one, namespace })),
      }
    }
    return opened
  }
  const consumer = makeSyncedConsumer(open, {
    ...{ provider, clock, restarts: true, maxCrashes: options.maxCrashes, proof: options.fingerprint },
    gatherMs: parseDurationMs(options.gather),
    reloaderMs: parseDurationMs(options.reloaderWait),
    waitMs: parseDurationMs(options.refreshWait),
    settleMs: parseDurationMs(options.settle),
  })
  return { ...consumer, close: async () => client.close() }
}

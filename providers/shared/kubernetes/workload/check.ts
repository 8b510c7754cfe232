import type { Call } from '../../../../src/contracts/call.ts'
import type { ConsumerCheck, KeptAt } from '../../../../src/contracts/consumer.ts'
import type { WorkloadApi } from './api.ts'
import { findNotes, findProblems } from './obstacles.ts'

/** Every right is used once, the one to patch by a dry run that the server does not store. */
export async function checkWorkload(
  workload: WorkloadApi,
  { targets, isRestarted }: { targets: readonly KeptAt[]; isRestarted: boolean },
  call: Call,
): Promise<ConsumerCheck> {
  const { name } = workload
  const seen = await workload.read(call)
  if (isRestarted) await workload.patch({}, call, true)
  await workload.listPods(seen, call)
  return {
    problems: isRestarted ? findProblems(name, seen) : [],
    notes: findNotes(name, seen, secretsOf(targets, name.namespace)),
  }
}

/** Names of the Secrets of this namespace; one without a namespace is taken for one of it. */
function secretsOf(targets: readonly KeptAt[], namespace: string): string[] {
  const names = targets
    .filter(({ traits }) => traits.readAs === 'kubernetes-secret')
    .flatMap(({ secret }) => {
      const slash = secret.indexOf('/')
      return slash < 0 || secret.slice(0, slash) === namespace ? [secret.slice(slash + 1)] : []
    })
  return [...new Set(names)]
}

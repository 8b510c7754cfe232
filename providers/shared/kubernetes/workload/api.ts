import { CoreV1Api, type V1Pod } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import type { KubernetesClient } from '../client.ts'
import { type CustomObject, openCustomObject } from '../custom-object.ts'
import { resources, type WorkloadName } from './kinds.ts'
import { selectorOf, type Workload } from './workload.ts'

/** The requests that restarting a workload takes: two of the workload itself, and the list of its pods. */
export interface WorkloadApi extends CustomObject<Workload> {
  readonly name: WorkloadName
  /** The pods that it owns, those that are going included. */
  listPods(workload: Workload, call: Call): Promise<V1Pod[]>
}

const podsPerPage = 200
/** Beyond this many pods nothing is judged any more. */
const maxPages = 50
const maxPageBytes = 16 * 1024 * 1024

export function openWorkload(client: KubernetesClient, provider: string, name: WorkloadName): WorkloadApi {
  const { group, version, plural } = resources[name.kind]
  return {
    name,
    ...openCustomObject<Workload>(client, { group, version, plural, ...name }),
    listPods: async (workload, call) => {
      const labelSelector = selectorOf(workload)
      if (labelSelector === '') throw failWithoutSelector(provider, name)
      const pods = await listAll(client, provider, { namespace: name.namespace, labelSelector }, call)
      return pods.filter((pod) => isOwned(name, pod))
    },
  }
}

async function listAll(
  client: KubernetesClient,
  provider: string,
  where: { namespace: string; labelSelector: string },
  call: Call,
): Promise<V1Pod[]> {
  const { namespace } = where
  const asked = {
    group: '',
    resource: 'pods',
    kind: 'Pod',
    answers: 'PodList',
    verb: 'list',
    namespace,
  } as const
  const pods: V1Pod[] = []
  let next: string | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const query = { ...where, limit: podsPerPage, ...(next ? { _continue: next } : {}) }
    const list = await client.request(CoreV1Api, { ...asked, maxBytes: maxPageBytes }, call, (api) =>
      api.listNamespacedPod(query),
    )
    pods.push(...list.items)
    next = list.metadata?._continue
    if (!next) return pods
  }
  throw new ProviderError({
    code: 'invalid',
    provider,
    message: `more than ${podsPerPage * maxPages} pods in ${namespace} match ${where.labelSelector}`,
    effect: 'none',
    nextStep: 'Narrow the selector of the workload.',
  })
}

/**
 * Selectors of two workloads may overlap. A ReplicaSet, which nobody may read for this, is called after its workload and
 * the hash of the template, which the pod has in a label too.
 */
function isOwned({ kind, name }: WorkloadName, { metadata }: V1Pod): boolean {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true)
  if (kind === 'StatefulSet' || kind === 'DaemonSet') return owner?.kind === kind && owner.name === name
  const { labels = {} } = metadata ?? {}
  const hash = labels[kind === 'Rollout' ? 'rollouts-pod-template-hash' : 'pod-template-hash']
  return owner?.kind === 'ReplicaSet' && hash !== undefined && owner.name === `${name}-${hash}`
}

function failWithoutSelector(provider: string, { kind, namespace, name }: WorkloadName): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider,
    message: `${kind} ${namespace}/${name} has no selector, so its pods are not known`,
    effect: 'none',
    nextStep: 'Check that its controller runs and has filled `status.selector`.',
  })
}

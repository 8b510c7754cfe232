import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import type { ConsumerCheck } from '../../../../src/contracts/consumer.ts'
import type { WorkloadName } from './kinds.ts'
import { isReloaded } from './reloader.ts'
import { type Workload, wantedPods } from './workload.ts'

/* What will keep a restart from replacing every pod, and what a person should know, before anything is done. */

/** Secrets Store CSI: the driver of its volumes. */
const storeDriver = 'secrets-store.csi.k8s.io'

type Problem = ConsumerCheck['problems'][number]

export function findProblems(name: WorkloadName, { metadata, spec }: Workload): Problem[] {
  const what = `${name.kind} ${name.namespace}/${name.name}`
  const found: Problem[] = []
  const say = (text: string, nextStep: string) => found.push({ text: `${what} ${text}`, nextStep })
  if (metadata.deletionTimestamp !== undefined)
    say('is being deleted', 'Find out who deletes it, or remove this consumer from the config.')
  if (spec?.paused === true)
    say(
      'is paused, so a restart replaces no pod',
      name.kind === 'Rollout'
        ? 'Set `spec.paused` to false.'
        : `Run: kubectl rollout resume ${name.kind.toLowerCase()}/${name.name} -n ${name.namespace}`,
    )
  if (spec?.updateStrategy?.type === 'OnDelete')
    say(
      'has the update strategy OnDelete, so a restart replaces no pod',
      'Set `updateStrategy.type: RollingUpdate`; or set `restart: false` of this consumer and delete its pods yourself.',
    )
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  if (partition > 0)
    say(
      `has the partition ${partition}, so a restart leaves the pods below it on the old key`,
      'Set `updateStrategy.rollingUpdate.partition: 0`.',
    )
  return found
}

/** `secrets`: names of the Secrets in which the key is kept; empty if it is kept elsewhere. */
export function findNotes(name: WorkloadName, workload: Workload, secrets: readonly string[]): string[] {
  const pod = workload.spec?.template?.spec
  const notes: string[] = []
  if (wantedPods(workload) === 0) notes.push('it has no pods now, so nothing shows that it works with a key')
  if (workload.spec?.strategy?.type === 'Recreate')
    notes.push('its strategy is Recreate, so it is away while it restarts')
  if (pod && !(pod.containers ?? []).some(({ readinessProbe }) => readinessProbe !== undefined))
    notes.push('no container has a readiness probe, so a pod that fails with its key counts as ready')
  const readsFromStore = pod?.volumes?.some(({ csi }) => csi?.driver === storeDriver) ?? false
  if (pod && secrets.length > 0 && !readsFromStore && !secrets.some((secret) => readsSecret(pod, secret)))
    notes.push(`its pods neither mount nor read ${secrets.map((one) => `Secret ${one}`).join(' or ')}`)
  if (isReloaded(workload)) notes.push('Stakater Reloader restarts it too; Keyrota waits for that first')
  if (readsFromStore)
    notes.push(
      'Secrets Store CSI mounts its key from the store itself: a new pod reads it there when it starts',
    )
  if (workload.spec?.template?.metadata?.annotations?.['vso.secrets.hashicorp.com/restartedAt'])
    notes.push('the Vault Secrets Operator restarts it too, on its own')
  if (name.kind === 'Rollout' && workload.status?.phase === 'Paused')
    notes.push('it is paused between two steps of a rollout')
  return notes
}

function readsSecret(pod: V1PodSpec, secret: string): boolean {
  const isMounted = (pod.volumes ?? []).some(
    (volume) =>
      volume.secret?.secretName === secret ||
      volume.projected?.sources?.some((source) => source.secret?.name === secret),
  )
  const containers = [...(pod.initContainers ?? []), ...(pod.containers ?? [])]
  return isMounted || containers.some((container) => readsInEnvironment(container, secret))
}

function readsInEnvironment({ env = [], envFrom = [] }: V1Container, secret: string): boolean {
  return (
    env.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret) ||
    envFrom.some(({ secretRef }) => secretRef?.name === secret)
  )
}

/*
 * One workload with its pods, and the controller that replaces them when the template changes. It keeps the rules of the
 * API server that matter here: generations, resourceVersions, dry runs; what a test has to see half done it can hold.
 */
import type { V1Pod } from '@kubernetes/client-node'
import type { WorkloadApi } from '../../../../providers/shared/kubernetes/workload/api.ts'
import type { WorkloadName } from '../../../../providers/shared/kubernetes/workload/kinds.ts'
import type { Workload } from '../../../../providers/shared/kubernetes/workload/workload.ts'
import type { Call } from '../../../../src/contracts/call.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'

type Draft = Workload & { metadata: Required<Pick<Workload['metadata'], 'generation' | 'resourceVersion'>> }

export interface TinyWorkload extends WorkloadApi {
  readonly object: Draft
  readonly pods: V1Pod[]
  /** What was asked, in order. */
  readonly requests: string[]
  /** How many times the template or `restartAt` was changed. */
  readonly restarts: () => number
  /** The controller acts only when the test says so. */
  isHeld: boolean
  /** What the controller does next: replaces every pod. */
  roll(): void
  /** Called for every new pod, which it may change. */
  onPod: (pod: V1Pod) => void
  /** A patch of somebody else. */
  patchAs(body: object): void
}

export function makeTinyWorkload(
  clock: Pick<Clock, 'wallMs'>,
  name: WorkloadName = { kind: 'Deployment', namespace: 'shop', name: 'web' },
  { replicas = 2, spec = {} }: { replicas?: number; spec?: object } = {},
): TinyWorkload {
  const object = makeObject(name, replicas, spec)
  let made = 0
  let restarts = 0
  const roll = () => {
    tiny.pods.splice(0)
    for (let index = 0; index < (object.spec?.replicas ?? 0); index += 1) {
      made += 1
      const pod = makePod(name, object, { index: made, startMs: clock.wallMs() })
      tiny.onPod(pod)
      tiny.pods.push(pod)
    }
    settle(name, object)
  }
  const patch = (body: { metadata?: { resourceVersion?: string } }) => {
    const asked = body.metadata?.resourceVersion
    if (asked !== undefined && asked !== object.metadata.resourceVersion) throw conflict()
    const [before, beside] = [JSON.stringify(object.spec), JSON.stringify(object.metadata.annotations)]
    merge(object, body)
    object.metadata.resourceVersion = String(Number(object.metadata.resourceVersion) + 1)
    const isSame = JSON.stringify(object.spec) === before
    // A Deployment counts a change of its annotations as a generation too.
    if (isSame && (name.kind !== 'Deployment' || JSON.stringify(object.metadata.annotations) === beside))
      return
    object.metadata.generation += 1
    if (isSame) return tiny.isHeld ? undefined : settle(name, object)
    restarts += 1
    if (!tiny.isHeld && object.spec?.paused !== true) roll()
  }
  const take = (call: Call, what: string) => {
    call.signal.throwIfAborted()
    call.beforeSend()
    tiny.requests.push(what)
  }
  const tiny: TinyWorkload = {
    name,
    object,
    pods: [],
    requests: [],
    restarts: () => restarts,
    isHeld: false,
    roll,
    onPod: () => undefined,
    patchAs: patch,
    async read(call) {
      take(call, 'get')
      return structuredClone(object)
    },
    async patch(body, call, dryRun = false) {
      take(call, dryRun ? 'dry patch' : 'patch')
      if (!dryRun) patch(body)
      return structuredClone(object)
    },
    async listPods(_, call) {
      take(call, 'list')
      return structuredClone(tiny.pods)
    },
  }
  roll()
  return tiny
}

function makeObject({ name, kind }: WorkloadName, replicas: number, spec: object): Draft {
  return {
    ...{ apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1', kind },
    metadata: { name, generation: 1, resourceVersion: '1' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', readinessProbe: {} }] },
      },
      ...spec,
    },
  }
}

/** The status of a workload whose pods are all new and available. */
function settle({ kind }: WorkloadName, object: Draft): void {
  const replicas = object.spec?.replicas ?? 0
  const { generation } = object.metadata
  const counts = { replicas, updatedReplicas: replicas, availableReplicas: replicas }
  const daemons = {
    desiredNumberScheduled: replicas,
    updatedNumberScheduled: replicas,
    numberAvailable: replicas,
  }
  const own = {
    Deployment: counts,
    StatefulSet: { ...counts, currentRevision: `r${generation}`, updateRevision: `r${generation}` },
    DaemonSet: daemons,
    Rollout: { ...counts, phase: 'Healthy', restartedAt: object.spec?.restartAt ?? '' },
  }[kind]
  object.status = { observedGeneration: kind === 'Rollout' ? String(generation) : generation, ...own }
}

function makePod(
  { kind, namespace, name }: WorkloadName,
  object: Draft,
  { index, startMs }: { index: number; startMs: number },
): V1Pod {
  const isReplicated = kind === 'Deployment' || kind === 'Rollout'
  const hash = `h${object.metadata.generation}`
  const label = kind === 'Rollout' ? 'rollouts-pod-template-hash' : 'pod-template-hash'
  const owner = isReplicated ? { kind: 'ReplicaSet', name: `${name}-${hash}` } : { kind, name }
  const start = new Date(Math.floor(startMs / 1000) * 1000)
  const { template } = object.spec ?? {}
  return {
    metadata: {
      ...{ name: `${name}-${index}`, namespace, creationTimestamp: start },
      labels: { app: name, ...(isReplicated ? { [label]: hash } : {}) },
      annotations: { ...template?.metadata?.annotations },
      ownerReferences: [{ ...owner, apiVersion: 'apps/v1', uid: '1', controller: true }],
    },
    ...(template?.spec ? { spec: template.spec } : {}),
    status: {
      phase: 'Running',
      podIP: '127.0.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          ...{ name: 'main', image: 'app:1', imageID: '', ready: true, restartCount: 0 },
          state: { running: { startedAt: start } },
        },
      ],
    },
  }
}

/** RFC 7396. */
function merge(target: object, patch: object): void {
  const into = target as Record<string, unknown>
  for (const [name, value] of Object.entries(patch)) {
    if (name === 'resourceVersion') continue
    if (value === null) delete into[name]
    else if (typeof value !== 'object' || Array.isArray(value)) into[name] = value
    else {
      if (typeof into[name] !== 'object' || into[name] === null) into[name] = {}
      merge(into[name] as object, value as object)
    }
  }
}

function conflict(): ProviderError {
  return new ProviderError({
    code: 'conflict',
    provider: 'web',
    message: 'it was changed at the same time',
    effect: 'none',
    nextStep: 'Read it again.',
  })
}

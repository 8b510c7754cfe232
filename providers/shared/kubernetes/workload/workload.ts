/* What Keyrota reads of a workload, as the API server writes it: the four kinds differ in a few members only. */

import type { V1PodTemplateSpec } from '@kubernetes/client-node'

export interface Workload {
  metadata: {
    name: string
    generation?: number
    resourceVersion?: string
    deletionTimestamp?: string
    annotations?: Record<string, string>
  }
  spec?: {
    replicas?: number
    paused?: boolean
    minReadySeconds?: number
    selector?: Selector
    template?: V1PodTemplateSpec
    /** Of a Deployment, and of a Rollout, where it has other members. */
    strategy?: { type?: string }
    /** Of a StatefulSet and a DaemonSet. */
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
    /** Of a Rollout. */
    restartAt?: string
  }
  status?: {
    /** Text in a Rollout. */
    observedGeneration?: number | string
    replicas?: number
    updatedReplicas?: number
    availableReplicas?: number
    currentRevision?: string
    updateRevision?: string
    desiredNumberScheduled?: number
    updatedNumberScheduled?: number
    numberAvailable?: number
    conditions?: { type: string; status: string; reason?: string; message?: string }[]
    /** Of a Rollout. */
    phase?: string
    message?: string
    restartedAt?: string
    /** Of a Rollout whose template is another object's. */
    selector?: string
  }
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** The selector of its pods as a list request takes it. */
export function selectorOf({ spec, status }: Workload): string {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {}
  const terms = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values = [] } of matchExpressions) {
    if (operator === 'Exists') terms.push(key)
    else if (operator === 'DoesNotExist') terms.push(`!${key}`)
    else terms.push(`${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(',')})`)
  }
  return terms.length > 0 ? terms.join(',') : (status?.selector ?? '')
}

/** How many pods it is to have; a DaemonSet has one a node. */
export function wantedPods({ spec, status }: Workload): number {
  return status?.desiredNumberScheduled ?? spec?.replicas ?? 1
}

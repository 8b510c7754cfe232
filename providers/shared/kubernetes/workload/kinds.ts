/* The kinds of workloads that Keyrota restarts, and where the API server has them. */

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const

export type WorkloadKind = (typeof workloadKinds)[number]

export interface WorkloadName {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
}

interface Resource {
  readonly group: string
  readonly version: string
  /** The resource, in plural. */
  readonly plural: string
}

export const resources: Readonly<Record<WorkloadKind, Resource>> = {
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', plural: 'daemonsets' },
  Rollout: { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' },
}

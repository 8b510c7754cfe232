import type { Helm, Rendered, Values } from './helm.ts'
import { valuesOfOneKey } from './values.ts'

const one = valuesOfOneKey()
const reads = (name: string) => ({ file: `/var/run/secrets/keyrota.dev/${name}/token` })
const key = {
  environment: 'production',
  service: 'renderer',
  owner: 'video-team',
  issuer: 'gateway',
  targets: [{ store: 'cluster', secret: 'web/app', field: 'API_KEY' }],
}

/** A config with two environments, targets in several namespaces, consumers of every kind and a credential. */
export const wide = {
  installation: 'k7f3',
  issuers: {
    gateway: { type: 'http', auth: { management: { bearer: reads('gateway') } } },
    studio: { type: 'ppt-video', account: 'studio' },
  },
  stores: {
    own: { type: 'kubernetes-secret', namespace: 'shop' },
    elsewhere: { type: 'kubernetes-secret', kubeconfig: '/var/run/secrets/keyrota.dev/elsewhere/kubeconfig' },
    vault: { type: 'vault' },
  },
  consumers: {
    web: { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web', namespace: 'web' },
    database: { type: 'kubernetes-rollout', kind: 'StatefulSet', name: 'database' },
    agents: { type: 'kubernetes-rollout', kind: 'DaemonSet', name: 'agents' },
    canary: { type: 'kubernetes-rollout', kind: 'Rollout', name: 'canary', namespace: 'web' },
    synced: {
      type: 'external-secret',
      name: 'synced',
      field: 'API_KEY',
      workloads: [{ kind: 'Deployment', name: 'reader' }],
    },
    page: { type: 'http', url: 'https://renderer.internal/health' },
  },
  keys: {
    'renderer-prod': { ...key, consumers: ['web', 'database', 'page'] },
    'shop-prod': {
      ...key,
      targets: [
        { store: 'own', secret: 'cart', field: 'API_KEY' },
        { store: 'cluster', secret: 'web/app', field: 'OTHER_KEY' },
        { store: 'elsewhere', secret: 'far/away', field: 'API_KEY' },
        { store: 'vault', secret: 'secret/app', field: 'API_KEY' },
      ],
    },
    'renderer-staging': {
      ...key,
      environment: 'Staging EU',
      issuer: 'studio',
      consumers: ['agents', 'canary', 'synced'],
      targets: [{ store: 'cluster', secret: 'app', field: 'API_KEY' }],
    },
  },
}

const credentials = {
  gateway: { existingSecret: 'gateway-admin' },
  elsewhere: { csi: { secretProviderClass: 'elsewhere' } },
}

/** Values that switch on everything that can be at the same time. */
const everything = {
  nameOverride: 'rotation',
  image: { repository: 'registry.example.com/keyrota', digest: `sha256:${'ab'.repeat(32)}` },
  imagePullSecrets: [{ name: 'registry' }],
  networkPolicy: {
    enabled: true,
    apiServer: { cidrs: ['10.0.0.1/32'] },
    egress: [
      { cidr: '203.0.113.0/24', except: ['203.0.113.7/32'], ports: [443] },
      { cidr: '198.51.100.0/24' },
    ],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  podLabels: { 'azure.workload.identity/use': 'true' },
  podAnnotations: { 'example.com/note': 'pod' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'platform', operator: 'Exists' }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          preference: { matchExpressions: [{ key: 'pool', operator: 'In', values: ['platform'] }] },
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: {},
    },
  ],
  priorityClassName: 'system-cluster-critical',
  runtimeClassName: 'gvisor',
  dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
  hostAliases: [{ ip: '203.0.113.1', hostnames: ['gateway.internal'] }],
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.internal:3128' }],
  extraVolumes: [{ name: 'authority', configMap: { name: 'authority' } }],
  extraVolumeMounts: [{ name: 'authority', mountPath: '/etc/authority', readOnly: true }],
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' }, data: { a: 'b' } },
  ],
  kubeStateMetrics: { enabled: true },
  alerts: { enabled: true, labels: { release: 'prometheus' } },
  dashboard: { enabled: true, annotations: { folder: 'Platform' } },
  commonLabels: { team: 'platform' },
  commonAnnotations: { 'example.com/owner': 'platform' },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/keyrota' } },
  rbac: {
    rules: [{ namespace: 'web', rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] }],
  },
}

const teams = (namespaces: string | string[]) => ({
  teams: [{ namespaces, environments: ['production'], issuers: ['gateway'], stores: ['cluster'] }],
})

/** Every mode and switch of the chart, by what it shows. */
export const variants: Readonly<Record<string, Values>> = {
  'a CronJob with one key': one,
  'a Deployment with one key': { ...one, mode: 'deployment' },
  'a single replica': { ...one, mode: 'deployment', deployment: { replicas: 1 } },
  'a wide config': { config: wide, credentials },
  'a wide config as a Deployment': { config: wide, credentials, mode: 'deployment' },
  'an identity for each environment': { config: wide, credentials, identities: 'perEnvironment' },
  'Deployments for each environment': {
    config: wide,
    credentials,
    mode: 'deployment',
    identities: 'perEnvironment',
    environments: {
      'Staging EU': { namespace: 'team-b', podLabels: { tier: 'low' }, serviceAccount: { name: 'stage' } },
    },
  },
  'everything as a CronJob': { ...everything, config: wide, credentials },
  'everything as a Deployment': {
    ...everything,
    config: wide,
    credentials,
    mode: 'deployment',
    metrics: {
      serviceMonitor: {
        enabled: true,
        labels: { release: 'prometheus' },
        relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      },
      podMonitor: {
        enabled: true,
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
      },
    },
  },
  'only looking': { ...one, observe: true },
  'a config of somebody else': { existingConfigMap: 'our-config' },
  'a credential of External Secrets': {
    config: { ...wide, keys: { 'renderer-prod': { ...key } }, stores: {}, consumers: {} },
    credentials: {
      gateway: {
        externalSecret: {
          store: { name: 'vault' },
          data: { token: { key: 'keyrota/gateway', property: 'token' } },
        },
      },
    },
  },
  'no Events': { config: { ...one.config, journal: { events: false } } },
  'teams by name': { config: { ...one.config, kubernetes: teams(['team-a', 'team-b']) } },
  'teams by pattern': { config: { ...one.config, kubernetes: teams('team-*') } },
  'nothing but the workload': {
    ...one,
    crds: { enabled: false },
    rbac: { create: false },
    serviceAccount: { create: false, name: 'given' },
    tests: { enabled: false },
  },
  'a CRD that goes with the release': { ...one, crds: { keep: false } },
  'a schedule of its own': {
    ...one,
    cronjob: {
      schedule: '@hourly',
      timeZone: 'Europe/Berlin',
      suspend: true,
      activeDeadlineSeconds: 900,
      ttlSecondsAfterFinished: 60,
    },
  },
}

/** Namespaces that the variants name. */
export const namespaces = ['web', 'shop', 'team-a', 'team-b', 'keyrota-production', 'keyrota-staging-eu']

/** Renders every variant; returns the objects of one by its name. @throws Error for a name that is none */
export async function renderAll(helm: Helm): Promise<(name: string) => Rendered[]> {
  const rendered = new Map<string, Rendered[]>()
  for (const [name, values] of Object.entries(variants)) rendered.set(name, await helm.render(values))
  return (name) => {
    const objects = rendered.get(name)
    if (objects === undefined) throw new Error(`there is no variant ${name}`)
    return objects
  }
}

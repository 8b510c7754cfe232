/** Manifests of workloads that use a key of the sandbox from a mounted Secret. */

/** A name that pods resolve to the loopback interface of this machine. */
export const MACHINE = 'machine.test'

export interface WorkloadOptions {
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  name: string
  namespace: string
  secret?: string
  replicas?: number
  gateway: string
  /** Where calls are reported to. */
  report: string
  /** The release crashes with any key but one that begins so. */
  failsWith?: string
  /** It reads its key before each call and needs no restart. */
  reloads?: boolean
}

/** The ConfigMap with the program and the certificate that it trusts. */
export function programOf(namespace: string, files: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'client', namespace }, data: files }
}

export function workloadOf(options: WorkloadOptions): object {
  const { kind = 'Deployment', name, namespace, replicas = 2 } = options
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...(kind === 'Deployment'
        ? { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }, progressDeadlineSeconds: 60 }
        : {}),
      template: { metadata: { labels }, spec: podOf(options) },
    },
  }
}

function podOf({ secret = 'app', gateway, report, failsWith, reloads = false }: WorkloadOptions): object {
  const env = {
    GATEWAY: gateway,
    REPORT: report,
    NODE_EXTRA_CA_CERTS: '/opt/client/ca.pem',
    ...(failsWith === undefined ? {} : { FAILS_WITH: failsWith }),
    ...(reloads ? { RELOADS: 'yes' } : {}),
  }
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: 'client',
        image: 'node:24-slim',
        command: ['node', '/opt/client/client.mjs'],
        env: [
          ...Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
        volumeMounts: [
          { name: 'key', mountPath: '/etc/key', readOnly: true },
          { name: 'client', mountPath: '/opt/client', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'key', secret: { secretName: secret } },
      { name: 'client', configMap: { name: 'client' } },
    ],
  }
}

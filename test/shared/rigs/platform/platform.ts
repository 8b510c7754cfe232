/**
 * What a platform team has: a release of the chart, and workloads of other teams in a namespace of their own. Keys come
 * from a sandbox on this machine, which pods reach over TLS.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../../../src/sandbox/gateway.ts'
import { fingerprintText } from '../../../../src/sandbox/http.ts'
import { KubernetesServer } from '../../stand-ins/kubernetes/server.ts'
import { chart, Helm, type Rendered, type Values } from '../chart/helm.ts'
import { describeIssuer } from '../five-targets/config.ts'
import { Calls } from './calls.ts'
import { bringImages, IMAGE } from './image.ts'
import { MACHINE, programOf, type WorkloadOptions, workloadOf } from './workload.ts'

const POLL_MS = 250

/** Times that let a rotation end in seconds on a node that mounts a Secret anew for each pod. */
export const times = {
  overlap: '1s',
  confirmations: 2,
  callLimit: '15s',
  lease: '20s',
  readyLimit: '3m',
  giveUp: '10m',
  retryMin: '100ms',
  retryMax: '1s',
  quietFor: '1s',
} as const

export interface PodEnd {
  exitCode: number
  log: string
  /** RFC 3339, in whole seconds. */
  startedAt: string
  finishedAt: string
}

export class Platform {
  /** The namespace of the release. */
  readonly own = new KubernetesServer()
  /** The namespace of the workloads. */
  readonly web = new KubernetesServer()
  readonly helm: Helm
  readonly calls = new Calls()
  #gateway: Sandbox | undefined

  constructor() {
    this.helm = new Helm({ namespace: this.own.namespace, kubeconfig: this.own.kubeconfig })
  }

  get gateway(): Sandbox {
    if (this.#gateway === undefined) throw new Error('the platform was not started')
    return this.#gateway
  }

  /** The gateway as pods reach it. */
  get gatewayUrl(): string {
    return `https://${MACHINE}:${new URL(this.gateway.url).port}`
  }

  async start(): Promise<void> {
    await Promise.all([
      bringImages(),
      this.own.start(),
      this.web.start(),
      this.helm.start(),
      this.calls.start(),
    ])
    await this.own.kubectl('delete', 'crd', 'managedkeys.keyrota.dev', '--ignore-not-found')
    this.#gateway = await startSandbox({ tlsNames: [MACHINE] })
    const ca = this.gateway.ca ?? ''
    const client = await readFile(new URL('client.mjs', import.meta.url), 'utf8')
    await this.web.apply(programOf(this.web.namespace, { 'client.mjs': client, 'ca.pem': ca }))
    await this.own.apply(programOf(this.own.namespace, { 'ca.pem': ca }))
    await this.newSecret(this.own, 'gateway-admin', { token: this.gateway.managementToken })
  }

  async stop(): Promise<void> {
    await this.helm.run(['uninstall', 'keyrota', '--ignore-not-found', '--wait'])
    await this.own.kubectl('delete', 'crd', 'managedkeys.keyrota.dev', '--ignore-not-found', '--wait=false')
    this.#gateway?.close()
    this.calls.stop()
    await Promise.all([this.own.stop(), this.web.stop(), this.helm.stop()])
  }

  async newSecret(where: KubernetesServer, name: string, stringData: Record<string, string>): Promise<void> {
    await where.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: where.namespace },
      stringData,
    })
  }

  /** Starts a workload and waits until all its pods are ready. */
  async startWorkload(options: Omit<WorkloadOptions, 'namespace' | 'gateway' | 'report'>): Promise<void> {
    const { namespace } = this.web
    const report = `http://${MACHINE}:${this.calls.port}/`
    await this.web.apply(workloadOf({ ...options, namespace, gateway: this.gatewayUrl, report }))
    const kind = options.kind ?? 'Deployment'
    await this.kubectlWeb('rollout', 'status', `${kind.toLowerCase()}/${options.name}`, '--timeout=120s')
  }

  /** The default values of the chart, and the config of these keys. */
  values(
    about: { keys: Record<string, object>; consumers?: Record<string, object>; [more: string]: unknown },
    more: Values = {},
  ): Values {
    const issuer = describeIssuer(this.gatewayUrl, '/var/run/secrets/keyrota.dev/gateway/token')
    return {
      image: { ...IMAGE, pullPolicy: 'Never' },
      credentials: { gateway: { existingSecret: 'gateway-admin' } },
      extraVolumes: [{ name: 'gateway-ca', configMap: { name: 'client' } }],
      extraVolumeMounts: [{ name: 'gateway-ca', mountPath: '/etc/gateway', readOnly: true }],
      config: {
        installation: 'k7f3',
        issuers: { gateway: { ...issuer, ca: { file: '/etc/gateway/ca.pem' } } },
        defaults: times,
        ...about,
      },
      ...more,
    }
  }

  /** A key in a Secret of the workloads. */
  keyIn(secret: string, consumers: readonly string[]): object {
    return {
      environment: 'production',
      service: 'web',
      owner: 'web-team',
      issuer: 'gateway',
      targets: [{ store: 'cluster', secret: `${this.web.namespace}/${secret}`, field: 'API_KEY' }],
      consumers,
    }
  }

  async install(values: Values): Promise<string> {
    return await this.helm.run(['install', 'keyrota', chart], values)
  }

  kubectl(...args: string[]): Promise<string> {
    return this.own.kubectl('--namespace', this.own.namespace, ...args)
  }

  kubectlWeb(...args: string[]): Promise<string> {
    return this.web.kubectl('--namespace', this.web.namespace, ...args)
  }

  /** Starts a run as a person does, and returns how its pod ended. */
  async runJob(name: string): Promise<PodEnd & { ms: number }> {
    const from = Date.now()
    await this.kubectl('create', 'job', name, '--from=cronjob/keyrota')
    return { ...(await this.podEnd(name)), ms: Date.now() - from }
  }

  /** How the pod of a job ended. */
  async podEnd(job: string): Promise<PodEnd> {
    const endOf = (pod: Rendered) => pod.status.containerStatuses?.[0]?.state?.terminated
    const pod = await this.until(`the end of ${job}`, async () => (await this.podsOf(job)).find(endOf))
    const log = await this.kubectl('logs', pod.metadata.name)
    const { exitCode, startedAt, finishedAt } = endOf(pod)
    return { exitCode, log, startedAt, finishedAt }
  }

  async podsOf(job: string): Promise<Rendered[]> {
    return JSON.parse(await this.kubectl('get', 'pods', '-l', `job-name=${job}`, '-o', 'json')).items
  }

  async managedKey(name: string): Promise<Rendered> {
    return JSON.parse(await this.kubectl('get', 'managedkey', name, '-o', 'json'))
  }

  /** The fingerprint of the key that this Secret holds. */
  async held(secret: string): Promise<string> {
    const { API_KEY = '' } = await this.web.readFields(`${this.web.namespace}/${secret}`)
    return fingerprintText(API_KEY)
  }

  /** Looks until there is something to see. @throws Error after the limit, with what was waited for */
  async until<T>(what: string, look: () => Promise<T | undefined>, limitMs = 240_000): Promise<T> {
    const end = Date.now() + limitMs
    while (Date.now() < end) {
      const seen = await look()
      if (seen !== undefined) return seen
      await sleep(POLL_MS)
    }
    throw new Error(`no sign of ${what} within ${limitMs} ms`)
  }
}

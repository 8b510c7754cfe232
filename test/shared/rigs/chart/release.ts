import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildPackage } from '../../../../.ci/build.ts'
import { type Sandbox, startSandbox } from '../../../../src/sandbox/gateway.ts'
import { requireEnv } from '../../require-env.ts'
import { KubernetesServer } from '../../stand-ins/kubernetes/server.ts'
import { describeIssuer } from '../five-targets/config.ts'
import { chart, Helm, type Rendered, type Values } from './helm.ts'
import { valuesOfOneKey } from './values.ts'

const WAIT_TRIES = 600
const WAIT_MS = 100

/** Times that let a rotation end in seconds. */
const quick = {
  overlap: '300ms',
  confirmations: 2,
  callLimit: '5s',
  lease: '12s',
  readyLimit: '10s',
  giveUp: '60s',
  retryMin: '50ms',
  retryMax: '400ms',
  quietFor: '1ms',
  every: '2s',
}

/**
 * The chart in a namespace of the API server, installed by helm; its pods run the built package. Keys come from a
 * sandbox on the loopback interface, which the pods share with the tests.
 */
export class ReleaseRig {
  readonly server = new KubernetesServer()
  readonly helm: Helm
  readonly image = `keyrota-${crypto.randomUUID().slice(0, 8)}`
  /** An image whose containers run and are ready. */
  readonly workload = `${this.image}-workload`
  #gateway: Sandbox | undefined
  #folder = ''

  constructor() {
    const { namespace, kubeconfig } = this.server
    this.helm = new Helm({ namespace, kubeconfig })
  }

  get gateway(): Sandbox {
    if (this.#gateway === undefined) throw new Error('the rig was not started')
    return this.#gateway
  }

  async start(): Promise<void> {
    await Promise.all([this.server.start(), this.helm.start()])
    await this.removeCrd()
    // The pods have a /tmp of their own, so what they run lies elsewhere.
    this.#folder = await mkdtemp(join('/var/tmp', 'keyrota-release-'))
    await chmod(this.#folder, 0o755)
    await buildPackage(join(this.#folder, 'dist'))
    const node = join(this.#folder, 'node')
    await copyFile(process.execPath, node)
    const file = requireEnv('KEYROTA_TEST_KUBELET_IMAGES')
    const images = JSON.parse(await readFile(file, 'utf8'))
    const command = [node, join(this.#folder, 'dist', 'keyrota.js')]
    await writeFile(
      file,
      JSON.stringify({ ...images, [this.image]: { command }, [this.workload]: { hold: true } }),
    )
    this.#gateway = await startSandbox()
    await this.create({
      kind: 'Secret',
      name: 'gateway-admin',
      stringData: { token: this.gateway.managementToken },
    })
    await this.renewSecret()
  }

  async stop(): Promise<void> {
    await this.#gateway?.close()
    await this.removeCrd()
    await this.server.stop()
    await this.helm.stop()
    await rm(this.#folder, { recursive: true })
  }

  /** The Secret of the key, as if nothing had ever been written to it. */
  async renewSecret(): Promise<void> {
    await this.kubectl('delete', 'secret', 'app', '--ignore-not-found')
    await this.create({ kind: 'Secret', name: 'app', stringData: { SIBLING: 'stays' } })
  }

  /** Makes a core object in the namespace of the release. */
  async create({
    kind,
    name,
    ...fields
  }: {
    kind: string
    name: string
    [field: string]: unknown
  }): Promise<void> {
    const metadata = { name, namespace: this.server.namespace }
    await this.server.apply({ apiVersion: 'v1', kind, metadata, ...fields })
  }

  /** A Deployment that mounts the Secret of the key. */
  async createDeployment(name: string): Promise<void> {
    const labels = { app: name }
    const volumeMounts = [{ name: 'key', mountPath: '/key' }]
    await this.server.apply({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name, namespace: this.server.namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [{ name, image: this.workload, volumeMounts }],
            volumes: [{ name: 'key', secret: { secretName: 'app' } }],
          },
        },
      },
    })
  }

  /** One key of the sandbox in the Secret `app`, rotated quickly, and whatever else is said. */
  values(more: Values = {}): Values {
    const issuer = describeIssuer(this.gateway.url, '/var/run/secrets/keyrota.dev/gateway/token')
    return {
      ...valuesOfOneKey({ issuer, defaults: quick }),
      image: { repository: this.image },
      credentials: { gateway: { existingSecret: 'gateway-admin' } },
      cronjob: { schedule: '0 0 29 2 *', wait: '1m' },
      ...more,
    }
  }

  /** Removes the CRD, and with it every record: other suites of this cluster need one of their own. */
  async removeCrd(): Promise<void> {
    await this.server.kubectl('delete', 'crd', 'managedkeys.keyrota.dev', '--ignore-not-found')
  }

  async install(values: Values): Promise<string> {
    return await this.helm.run(['install', 'keyrota', chart], values)
  }

  async upgrade(values: Values): Promise<string> {
    return await this.helm.run(['upgrade', 'keyrota', chart], values)
  }

  async kubectl(...args: string[]): Promise<string> {
    return await this.server.kubectl('--namespace', this.server.namespace, ...args)
  }

  async get(kind: string, name: string): Promise<Rendered> {
    return JSON.parse(await this.kubectl('get', kind, name, '-o', 'json'))
  }

  /** Starts a run as a person does in an emergency, and returns how its pod ended. */
  async runJob(name: string, cronjob = 'keyrota'): Promise<{ exitCode: number; log: string }> {
    await this.kubectl('create', 'job', name, `--from=cronjob/${cronjob}`)
    for (let tries = 0; tries < WAIT_TRIES; tries += 1) {
      const pods = JSON.parse(await this.kubectl('get', 'pods', '-l', `job-name=${name}`, '-o', 'json'))
      for (const pod of pods.items as Rendered[]) {
        const ended = pod.status.containerStatuses?.[0]?.state?.terminated
        if (ended) return { exitCode: ended.exitCode, log: await this.readLog(pod.metadata.name) }
      }
      await sleep(WAIT_MS)
    }
    throw new Error(`the pod of ${name} did not end:\n${await this.kubectl('describe', 'pods')}`)
  }

  async readLog(pod: string): Promise<string> {
    const logs = requireEnv('KEYROTA_TEST_KUBELET_LOGS')
    return await readFile(join(logs, `${this.server.namespace}_${pod}_keyrota.log`), 'utf8')
  }

  /** The key that the Secret holds. */
  async heldKey(secret = 'app'): Promise<string> {
    const { API_KEY = '' } = await this.server.readFields(`${this.server.namespace}/${secret}`)
    return API_KEY
  }

  /** Names of the keys that live at the gateway. */
  liveKeys(): string[] {
    return this.gateway
      .listKeys()
      .filter(({ state }) => state === 'active')
      .map(({ name }) => name ?? '')
  }
}

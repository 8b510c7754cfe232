import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Content } from '../../../laws/secret-store.ts'
import { collectBody } from '../../network/forward.ts'
import { requireEnv } from '../../require-env.ts'

const run = promisify(execFile)

/** A manifest or an object of the API, as far as the tests look at it. */
export interface KubeObject {
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> }
  data?: Record<string, string>
  [more: string]: unknown
}

/** The API server of the tests, seen from its own side: one namespace of its own, reached past the adapter. */
export class KubernetesServer {
  readonly address = requireEnv('KEYROTA_TEST_KUBERNETES_SERVER')
  readonly kubeconfig = requireEnv('KEYROTA_TEST_KUBECONFIG')
  readonly namespace = `keyrota-law-${randomUUID().slice(0, 8)}`
  readonly ca: string
  readonly #token: string
  #folder = ''

  constructor() {
    const config = new KubeConfig()
    config.loadFromFile(this.kubeconfig)
    const cluster = config.getCurrentCluster()
    this.ca = readFileSync(cluster?.caFile ?? '', 'utf8')
    this.#token = config.getCurrentUser()?.token ?? ''
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'keyrota-kubernetes-'))
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } })
  }

  async stop(): Promise<void> {
    await this.kubectl('delete', 'namespace', this.namespace, '--wait=false')
    await rm(this.#folder, { recursive: true })
  }

  async kubectl(...args: string[]): Promise<string> {
    const program = requireEnv('KEYROTA_TEST_KUBECTL')
    // A thousand objects are several MiB of JSON.
    const options = { maxBuffer: 256 * 1024 * 1024 }
    const { stdout } = await run(program, ['--kubeconfig', this.kubeconfig, ...args], options)
    return stdout
  }

  /** Creates the object of a manifest. */
  async apply(manifest: object | string): Promise<void> {
    const file = join(this.#folder, `${randomUUID()}.yaml`)
    await writeFile(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
    await this.kubectl('create', '-f', file)
  }

  /** A kubeconfig for an address and a token, e.g. that of a proxy; answers its path. `trusts`: with the server's authority. */
  async writeKubeconfig(server: string, token = this.#token, trusts = false): Promise<string> {
    const file = join(this.#folder, `${randomUUID()}.kubeconfig`)
    const authority = trusts ? { 'certificate-authority-data': Buffer.from(this.ca).toString('base64') } : {}
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      // The client refuses plain http, which loopback alone is allowed, without this.
      clusters: [
        {
          name: 'test',
          cluster: { server, ...authority, 'insecure-skip-tls-verify': server.startsWith('http:') },
        },
      ],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }
    await writeFile(file, JSON.stringify(config), { mode: 0o600 })
    return file
  }

  async newSecret(content: Content, more: object = {}): Promise<string> {
    const name = `app-${randomUUID()}`
    const metadata = { name, namespace: this.namespace }
    await this.request('POST', '?fieldManager=kubectl-create', { metadata, stringData: content, ...more })
    return `${this.namespace}/${name}`
  }

  async getSecret(secret: string): Promise<KubeObject> {
    return await this.request('GET', nameOf(secret))
  }

  async patchSecret(secret: string, patch: object, manager = 'kubectl-edit'): Promise<void> {
    await this.request('PATCH', `${nameOf(secret)}?fieldManager=${manager}`, patch)
  }

  async deleteSecret(secret: string): Promise<void> {
    await this.request('DELETE', nameOf(secret))
  }

  /** Fields without those that hold replaced values: names in the law are `[A-Z_]+`. */
  async readFields(secret: string): Promise<Record<string, string>> {
    const { data = {} } = await this.getSecret(secret)
    const fields = Object.entries(data).filter(([field]) => /^[A-Z_0-9]+$/.test(field))
    return Object.fromEntries(
      fields.map(([field, value]) => [field, Buffer.from(value, 'base64').toString()]),
    )
  }

  /** One request for Secrets of the namespace, which must succeed. */
  async request(method: string, path: string, body?: object): Promise<KubeObject> {
    const url = `${this.address}/api/v1/namespaces/${this.namespace}/secrets${path === '' || path.startsWith('?') ? path : `/${path}`}`
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': contentType }
    const outgoing = request(url, { method, headers, ca: this.ca, agent: false })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const text = (await collectBody(answer)).toString()
    if (answer.statusCode !== 200 && answer.statusCode !== 201)
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
    return JSON.parse(text)
  }

  /** A service account with these documents of a policy, bound to it; answers its name and a token of it. */
  async newAccount(policy: string): Promise<{ name: string; token: string }> {
    const name = `account-${randomUUID().slice(0, 8)}`
    await this.kubectl('create', 'serviceaccount', name, '-n', this.namespace)
    for (const text of policy.split(/^---$/m).filter((document) => document.trim() !== '')) {
      const document = parse(text)
      document.metadata.name = name
      if (document.kind === 'RoleBinding') {
        document.roleRef.name = name
        document.subjects = [{ kind: 'ServiceAccount', name, namespace: this.namespace }]
      }
      await this.apply(document)
    }
    const token = await this.kubectl('create', 'token', name, '-n', this.namespace)
    return { name, token: token.trim() }
  }
}

function nameOf(secret: string): string {
  return secret.slice(secret.indexOf('/') + 1)
}

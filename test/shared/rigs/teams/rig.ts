import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Sandbox, startSandbox } from '../../../../src/sandbox/gateway.ts'
import { type Ended, runCli } from '../../../cli/run-cli.ts'
import { KubernetesServer } from '../../stand-ins/kubernetes/server.ts'
import { describeTeams } from './config.ts'
import type { Shown } from './shown.ts'

const CRD = fileURLToPath(
  new URL('../../../../helm/keyrota/files/managedkeys.keyrota.dev.yaml', import.meta.url),
)
const WAIT_TRIES = 300
const WAIT_MS = 100

/**
 * Keyrota beside the API server, with rights of its own, and two teams with a namespace, an account and a Secret each.
 * Keys come from a sandbox on the loopback interface.
 */
export class TeamsRig {
  readonly server = new KubernetesServer()
  readonly #id = randomUUID().slice(0, 6)
  readonly a = `team-a-${this.#id}`
  readonly b = `team-b-${this.#id}`
  readonly closed = `shop-${this.#id}`
  readonly #inCluster: string[] = []
  #folder = ''
  #gateway: Sandbox | undefined
  /** Kubeconfigs of Keyrota and of a member of team A. */
  keyrota = ''
  member = ''

  get gateway(): Sandbox {
    if (!this.#gateway) throw new Error('the rig was not started')
    return this.#gateway
  }

  get config(): string {
    return join(this.#folder, 'keyrota.yaml')
  }

  async start(): Promise<void> {
    await this.server.start()
    this.#folder = await mkdtemp(join(tmpdir(), 'keyrota-teams-'))
    await this.server.kubectl('apply', '--server-side', '--force-conflicts', '-f', CRD)
    await this.server.kubectl('wait', '--for=condition=Established', 'crd/managedkeys.keyrota.dev')
    this.#gateway = await startSandbox()
    for (const namespace of [this.a, this.b, this.closed])
      await this.server.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await this.#makeSecret(this.a, 'renderer')
    await this.#makeSecret(this.b, 'renderer')
    await this.#makeSecret(this.server.namespace, 'ops')
    await this.#makeAccounts()
    await this.#writeConfig()
  }

  async stop(): Promise<void> {
    await this.#gateway?.close()
    for (const namespace of [this.a, this.b, this.closed]) {
      await this.#letAllGo(namespace)
      await this.server.kubectl('delete', 'namespace', namespace, '--wait=false')
    }
    await this.server.kubectl('delete', 'clusterrole,clusterrolebinding', ...this.#inCluster)
    await this.server.stop()
    await rm(this.#folder, { recursive: true })
  }

  /** One `keyrota` command with Keyrota's own rights. */
  run(...args: string[]): Promise<Ended> {
    return runCli([...args, '--config', this.config], { ...this.environment, limitMs: 90_000 })
  }

  get environment() {
    return { env: { HOME: this.#folder, PATH: process.env.PATH ?? '' }, cwd: this.#folder }
  }

  spec(more: object = {}): object {
    return {
      ...{ environment: 'staging', service: 'renderer', owner: 'video', issuer: 'video', first: true },
      targets: [{ store: 'cluster', secret: 'renderer', field: 'API_KEY' }],
      ...more,
    }
  }

  async declare(namespace: string, name: string, spec: object = this.spec()): Promise<void> {
    const metadata = { name, namespace }
    await this.server.apply({ apiVersion: 'keyrota.dev/v1alpha1', kind: 'ManagedKey', metadata, spec })
  }

  async show(namespace: string, name = 'renderer'): Promise<Shown> {
    return JSON.parse(await this.server.kubectl('get', 'mkey', name, '-n', namespace, '-o', 'json'))
  }

  async condition(type: string, namespace: string, name = 'renderer') {
    const { status } = await this.show(namespace, name)
    return status?.conditions?.find((one) => one.type === type)
  }

  async annotate(namespace: string, ...annotations: string[]): Promise<void> {
    const given = annotations.map((one) => `keyrota.dev/${one}`)
    await this.server.kubectl('annotate', 'mkey', 'renderer', '-n', namespace, '--overwrite', ...given)
  }

  /** What `keyrota permissions` prints for a namespace, applied as it is. */
  async grant(namespace: string): Promise<string> {
    const { code, stdout, stderr } = await this.run('permissions', '--namespace', namespace)
    if (code !== 0) throw new Error(stderr)
    const file = join(this.#folder, `${randomUUID()}.yaml`)
    // What a person fills in: the namespace of the service account.
    await writeFile(file, stdout.replace(/namespace: keyrota$/gm, `namespace: ${this.server.namespace}`))
    await this.server.kubectl('apply', '-f', file)
    return stdout
  }

  async held(namespace: string): Promise<string> {
    const text = await this.server.kubectl('get', 'secret', 'renderer', '-n', namespace, '-o', 'json')
    return Buffer.from(JSON.parse(text).data.API_KEY, 'base64').toString()
  }

  /** Whether the issuer takes this value. */
  async isLive(value: string): Promise<boolean> {
    const answer = await fetch(`${this.gateway.url}/api/v1/generation/google/veo-3.1`, {
      method: 'POST',
      headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: [] }),
    })
    return answer.status !== 401
  }

  /** An account with these rights, in a namespace or in all; answers its kubeconfig. */
  async newAccount(name: string, rights: readonly { namespace: string; rules: object[] }[]): Promise<string> {
    const { namespace } = this.server
    await this.server.kubectl('create', 'serviceaccount', name, '-n', namespace)
    for (const { namespace: place, rules } of rights) {
      if (place === 'all') await this.#bindInCluster(name, rules)
      else await this.#bind(place, { name, namespace }, rules)
    }
    return await this.#signIn(name, namespace)
  }

  async until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < WAIT_TRIES; tries += 1) {
      if (await isTrue()) return
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
    throw new Error(`it never came to: ${what}`)
  }

  /** Without a key: Keyrota creates the first one. */
  async #makeSecret(namespace: string, name: string): Promise<void> {
    const metadata = { name, namespace }
    await this.server.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { SIBLING: 'stays' } })
  }

  /** What the chart gives Keyrota, and what a platform gives the members of a team. */
  async #makeAccounts(): Promise<void> {
    const { namespace } = this.server
    const group = 'keyrota.dev'
    const rules = [
      { apiGroups: [group], resources: ['managedkeys'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: [group], resources: ['managedkeys/status'], verbs: ['patch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ]
    const own = [
      { apiGroups: [group], resources: ['managedkeys'], verbs: ['create', 'delete'] },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
      },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['ops'], verbs: ['get', 'patch'] },
    ]
    this.keyrota = await this.newAccount('keyrota', [
      { namespace: 'all', rules },
      { namespace, rules: own },
    ])
    await this.server.kubectl('create', 'serviceaccount', 'member', '-n', this.a)
    await this.#bind(this.a, { name: 'member', namespace: this.a }, [
      { apiGroups: [group], resources: ['managedkeys'], verbs: ['*'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['*'] },
    ])
    this.member = await this.#signIn('member', this.a)
  }

  async #bindInCluster(account: string, rules: object[]): Promise<void> {
    const name = `${account}-${this.#id}`
    this.#inCluster.push(name)
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const subject = { kind: 'ServiceAccount', name: account, namespace: this.server.namespace }
    await this.server.apply({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const metadata = { name }
    await this.server.apply({
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      subjects: [subject],
      roleRef,
    })
  }

  async #bind(
    namespace: string,
    account: { name: string; namespace: string },
    rules: object[],
  ): Promise<void> {
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const metadata = { name: `rights-of-${account.name}`, namespace }
    const subjects = [{ kind: 'ServiceAccount', ...account }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name }
    await this.server.apply({ apiVersion, kind: 'Role', metadata, rules })
    await this.server.apply({ apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef })
  }

  async #signIn(account: string, namespace: string): Promise<string> {
    const token = await this.server.kubectl('create', 'token', account, '-n', namespace)
    return await this.server.writeKubeconfig(this.server.address, token.trim(), true)
  }

  async #letAllGo(namespace: string): Promise<void> {
    const names = await this.server.kubectl('get', 'mkey', '-n', namespace, '-o', 'name')
    const patch = JSON.stringify({ metadata: { finalizers: null } })
    for (const name of names.split('\n').filter(Boolean))
      await this.server.kubectl('patch', name, '-n', namespace, '--type=merge', '-p', patch)
  }

  async #writeConfig(): Promise<void> {
    const token = join(this.#folder, 'token')
    await writeFile(token, this.gateway.managementToken, { mode: 0o600 })
    const { namespace } = this.server
    const installation = `k${this.#id}`
    const about = { gateway: this.gateway.url, token, namespace, installation, kubeconfig: this.keyrota }
    const config = describeTeams({ ...about, folder: this.#folder, teams: [this.a, this.b] })
    await writeFile(this.config, JSON.stringify(config))
  }
}

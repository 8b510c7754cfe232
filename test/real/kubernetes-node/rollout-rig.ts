import { setTimeout as sleep } from 'node:timers/promises'
import { make as makeConsumer } from '../../../providers/consumers/kubernetes-rollout/index.ts'
import { options as consumerOptions } from '../../../providers/consumers/kubernetes-rollout/options.ts'
import { type MemorySpace, make as makeIssuer, memorySpace } from '../../../providers/issuers/memory/index.ts'
import { options as issuerOptions } from '../../../providers/issuers/memory/options.ts'
import { openMemoryJournal } from '../../../providers/journals/memory/index.ts'
import { journalSpace } from '../../../providers/journals/memory/space.ts'
import type { KeyConfig } from '../../../src/contracts/config.ts'
import type { Consumer } from '../../../src/contracts/consumer.ts'
import type { Policy } from '../../../src/contracts/record.ts'
import { machine } from '../../../src/machine.ts'
import type { Context } from '../../../src/service/context.ts'
import { rotate } from '../../../src/service/rotate.ts'
import { newCall } from '../../laws/secret-store/helpers.ts'
import { POD_IMAGE } from '../../shared/stand-ins/kubernetes/rotating-pods.ts'
import type { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { makeKubernetesStore } from '../../shared/stand-ins/kubernetes/store-fixture.ts'

/* A key in a Secret of a real cluster, its issuer in memory, and workloads that use it. */

const policy: Policy = {
  everyMs: 90 * 86_400_000,
  overlapMs: 0,
  confirmations: 2,
  callLimitMs: 20_000,
  readyLimitMs: 240_000,
  giveUpMs: 300_000,
  askBeforeMs: 86_400_000,
  remindEveryMs: 86_400_000,
  operatorDeadlineMs: 86_400_000,
  afterCareMs: 86_400_000,
  retryMinMs: 250,
  retryMaxMs: 1_000,
  allowOutage: false,
}

export interface NodeKey {
  readonly space: MemorySpace
  readonly secret: string
  readonly oldValue: string
  /** Rotates it once; `before` is called right before the issuer revokes. */
  rotate(workloads: readonly Workload[], before?: () => Promise<void>): Promise<Rotated>
}

export interface Rotated {
  /** `completed`, `rolled-back`, or the reason for which it stands. */
  readonly end: string
  readonly detail: string
  readonly trail: readonly string[]
}

export interface Workload {
  readonly kind: string
  readonly name: string
}

export function consumerOf(server: KubernetesServer, { kind, name }: Workload, more: object = {}): Consumer {
  const { kubeconfig, namespace } = server
  const given = consumerOptions.parse({ kind, name, namespace, kubeconfig, gather: '2s', ...more })
  return makeConsumer(given, { name, clock: machine.clock })
}

export async function newKey(server: KubernetesServer, name: string): Promise<NodeKey> {
  const space = memorySpace(`${server.namespace}-${name}`, machine)
  const oldValue = space.addKey({ name: 'first' }).material.value?.expose() ?? ''
  const secret = await server.newSecret({ API_KEY: oldValue })
  const at = { name: 'issuer', stateFolder: '', ...machine }
  const issuer = makeIssuer(issuerOptions.parse({ space: `${server.namespace}-${name}` }), at)
  const store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  const journal = openMemoryJournal(journalSpace(`${server.namespace}-${name}`), machine)
  return {
    space,
    secret,
    oldValue,
    async rotate(workloads, before = async () => undefined) {
      const consumers = new Map(workloads.map((one) => [one.name, consumerOf(server, one)]))
      const revoke = issuer.revoke.bind(issuer)
      issuer.revoke = async (...given) => {
        await before()
        return revoke(...given)
      }
      const context: Context = {
        installation: 'k7f3',
        keys: new Map([[name, makeKey(name, secret, [...consumers.keys()])]]),
        limits: { atOnce: 4, perRun: 25, perDay: 100 },
        standing: { pausedAll: null },
        journal,
        providers: {
          issuer: async () => issuer,
          store: async () => store,
          consumer: async (one) => consumers.get(one) ?? Promise.reject(new Error(`no consumer ${one}`)),
          tell: () => undefined,
        },
        holder: 'test',
        waitMs: 240_000,
        stop: new AbortController().signal,
        ...machine,
      }
      const { record } = await rotate(context, name, {})
      const trail = (await journal.trail({ key: name, limit: 1_000 })).map(
        ({ kind, text }) => `${kind}: ${text}`,
      )
      const hold = record?.rotation?.hold
      return { end: hold?.reason ?? record?.last?.end ?? 'nothing', detail: hold?.detail ?? '', trail }
    },
  }
}

function makeKey(name: string, secret: string, consumers: readonly string[]): KeyConfig {
  const id = `cluster/${secret}#API_KEY`
  return {
    ...{ name, environment: 'test', service: 'app', owner: 'team', issuer: 'issuer', policy },
    targets: [{ id, store: 'cluster', secret, fields: { value: 'API_KEY' } }],
    consumers,
    ...{ leaseMs: 60_000, lookEveryMs: 0, observe: false, exclusive: false },
  }
}

export interface WorkloadSetup {
  readonly keys: readonly NodeKey[]
  readonly gateway: string
  readonly env?: Readonly<Record<string, string>>
  readonly spec?: object
}

/** Creates it and waits until it is ready, unless it can never be. */
export async function newWorkload(
  server: KubernetesServer,
  { kind, name }: Workload,
  { keys, gateway, env = {}, spec = {} }: WorkloadSetup,
): Promise<void> {
  const labels = { app: name }
  const secrets = keys.map(({ secret }) => secret.slice(secret.indexOf('/') + 1))
  const all = { GATEWAY: gateway, ...env }
  const container = {
    ...{ name: 'main', image: POD_IMAGE, imagePullPolicy: 'IfNotPresent' },
    env: Object.entries(all).map(([one, value]) => ({ name: one, value })),
    volumeMounts: secrets.map((_, index) => ({ name: `key-${index}`, mountPath: `/keys/${index}` })),
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 2 },
  }
  const volumes = secrets.map((secretName, index) => ({ name: `key-${index}`, secret: { secretName } }))
  await server.apply({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: server.namespace },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 2 }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 5, containers: [container], volumes },
      },
      ...spec,
    },
  })
  const consumer = consumerOf(server, { kind, name })
  for (let tries = 0; tries < 240; tries += 1) {
    const { is } = await consumer.ready({ mark: '', after: 0 }, newCall())
    if (is === 'ready') return
    await sleep(250)
  }
  throw new Error(`${kind} ${name} did not become ready`)
}

/** Uid, name and phase of its pods now. */
export async function podsOf(server: KubernetesServer, name: string): Promise<string[]> {
  const listed = await server.kubectl(
    ...['get', 'pods', '-n', server.namespace, '-l', `app=${name}`],
    ...['-o', 'jsonpath={.items[*].metadata.uid}'],
  )
  return listed.split(' ').filter((uid) => uid !== '')
}

/** How many templates it has had. */
export async function revisionsOf(server: KubernetesServer, name: string): Promise<number> {
  const kept = await server.kubectl(
    ...['get', 'replicasets,controllerrevisions', '-n', server.namespace, '-l', `app=${name}`, '-o', 'name'],
  )
  return kept.trim().split('\n').length
}

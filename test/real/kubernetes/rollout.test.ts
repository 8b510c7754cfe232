/* Workloads of a real control plane are restarted and waited for; its controllers do what they do anywhere. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { make } from '../../../providers/consumers/kubernetes-rollout/index.ts'
import { clusterRules, options } from '../../../providers/consumers/kubernetes-rollout/options.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { machine } from '../../../src/machine.ts'
import { describeRoles } from '../../../src/permissions/roles.ts'
import { newCall, refused } from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'

const server = new KubernetesServer()
const shell = 'keyrota-test/shell'
beforeAll(async () => {
  await server.start()
  const file = requireEnv('KEYROTA_TEST_KUBELET_IMAGES')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), [shell]: {} }))
})
afterAll(() => server.stop())

type Rollout = Required<Pick<Consumer, 'restart' | 'ready' | 'check'>>

function consumerOf(kind: string, name: string, more: object = {}): Rollout {
  const { kubeconfig, namespace } = server
  const given = { kind, name, namespace, kubeconfig, gather: '500ms', ...more }
  return make(options.parse(given), { name, clock: machine.clock }) as Rollout
}

/** A workload whose containers do nothing unless a shell command says what. */
async function newWorkload(kind: string, name: string, { spec = {}, command = '' } = {}): Promise<void> {
  const labels = { app: name }
  const container =
    command === ''
      ? { name: 'main', image: 'pause' }
      : { name: 'main', image: shell, command: ['sh', '-c', command] }
  await server.apply({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: server.namespace },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 2 }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
      ...spec,
    },
  })
}

/** The state once it is no longer progressing. */
async function settle(consumer: Rollout, about: { mark: string; after: number }, limitMs = 60_000) {
  const until = Date.now() + limitMs
  for (;;) {
    const readiness: Readiness = await consumer.ready(about, newCall())
    if (readiness.is !== 'progressing' || Date.now() > until) return readiness
    await sleep(200)
  }
}

const uids = async (name: string) =>
  (
    await server.kubectl(
      'get',
      'pods',
      '-n',
      server.namespace,
      '-l',
      `app=${name}`,
      '-o',
      'jsonpath={.items[*].metadata.uid}',
    )
  ).split(' ')

/** Every template that it ever had is kept, in a ReplicaSet or a ControllerRevision. */
async function countRevisions(name: string): Promise<number> {
  const kept = await server.kubectl(
    'get',
    'replicasets,controllerrevisions',
    ...['-n', server.namespace, '-l', `app=${name}`, '-o', 'name'],
  )
  return kept.trim().split('\n').length
}

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'])('a %s', (kind) => {
  const name = kind.toLowerCase()

  test('is restarted, and ready once its old pods are gone', async () => {
    await newWorkload(kind, name)
    const consumer = consumerOf(kind, name)
    assert.equal((await settle(consumer, { mark: '', after: 0 })).is, 'ready')
    const before = await uids(name)
    const after = Date.now()
    await consumer.restart('mark-1', newCall())
    const ready = await settle(consumer, { mark: 'mark-1', after })
    assert.equal(ready.is, 'ready', ready.why)
    assert.ok((ready.oldestStart ?? 0) >= after)
    const now = await uids(name)
    assert.equal(now.length, before.length)
    assert.ok(now.every((uid) => !before.includes(uid)))
  })

  test('is restarted once for two keys that ask at the same time, and not again for a repeat', async () => {
    const [one, other] = [consumerOf(kind, name), consumerOf(kind, name)]
    const before = await countRevisions(name)
    await Promise.all([one.restart('mark-a', newCall()), other.restart('mark-b', newCall())])
    await other.restart('mark-a', newCall())
    for (const mark of ['mark-a', 'mark-b'])
      assert.equal((await settle(one, { mark, after: Date.now() })).is, 'ready')
    assert.equal(await countRevisions(name), before + 1)
  })
})

describe('pods that do not become ready', () => {
  test('that crash: failed, with the pod and its exit code', async () => {
    await newWorkload('Deployment', 'crashing', { command: 'sleep 0.2; exit 7' })
    const failed = await settle(consumerOf('Deployment', 'crashing', { maxCrashes: 2 }), {
      mark: '',
      after: 0,
    })
    assert.equal(failed.is, 'failed')
    assert.match(
      failed.why ?? '',
      /container main of pod crashing-\w+-\w+ crashed \d times, last with exit code 7/,
    )
  })

  test('whose image is not to be had: waited for, with the pod and the image', async () => {
    await newWorkload('Deployment', 'imageless')
    await server.kubectl(
      'set',
      'image',
      'deployment/imageless',
      'main=no.example/app:1',
      '-n',
      server.namespace,
    )
    const consumer = consumerOf('Deployment', 'imageless')
    const waiting = await settle(consumer, { mark: '', after: 0 }, 8_000)
    assert.equal(waiting.is, 'progressing')
    assert.match(waiting.why ?? '', /pod imageless-\w+-\w+ cannot get its image no\.example\/app:1/)
  })

  test('past the progress deadline: failed', async () => {
    await newWorkload('Deployment', 'late', {
      spec: { progressDeadlineSeconds: 2, minReadySeconds: 1 },
      // Gone before it counts as ready, so that a pod is at fault whenever one looks.
      command: 'sleep 0.2; exit 1',
    })
    const failed = await settle(consumerOf('Deployment', 'late', { maxCrashes: 20 }), { mark: '', after: 0 })
    assert.match(failed.why ?? '', /its progress deadline is exceeded; .*pod late-/)
  })
})

describe('before anything is done', () => {
  test('a paused Deployment and OnDelete are problems', async () => {
    await newWorkload('Deployment', 'paused', { spec: { paused: true } })
    await newWorkload('StatefulSet', 'by-hand', { spec: { updateStrategy: { type: 'OnDelete' } } })
    const paused = await consumerOf('Deployment', 'paused').check({ targets: [] }, newCall())
    assert.match(paused.problems[0]?.text ?? '', /is paused/)
    const byHand = await consumerOf('StatefulSet', 'by-hand').check({ targets: [] }, newCall())
    assert.match(byHand.problems[0]?.text ?? '', /OnDelete/)
  })

  test('a workload that does not exist is named', async () => {
    const error = await refused(
      consumerOf('Deployment', 'absent').check({ targets: [] }, newCall()),
      'not_found',
    )
    assert.match(error.message, /get of Deployment keyrota-law-\w+\/absent: the Deployment does not exist/)
  })

  test('so is a kind that the cluster does not have', async () => {
    const error = await refused(consumerOf('Rollout', 'app').check({ targets: [] }, newCall()), 'not_found')
    assert.match(error.message, /the cluster does not know rollouts\.argoproj\.io/)
  })
})

describe('the printed role', () => {
  const name = 'limited'
  const roles = () =>
    describeRoles(
      clusterRules({
        options: options.parse({ kind: 'Deployment', name, namespace: server.namespace }),
        addresses: [],
        role: 'keyrota',
      }),
      'keyrota',
    )

  async function asAccount(policy: string): Promise<Rollout> {
    const { token } = await server.newAccount(policy)
    return consumerOf('Deployment', name, {
      kubeconfig: await server.writeKubeconfig(server.address, token, true),
    })
  }

  test('is enough', async () => {
    await newWorkload('Deployment', name)
    const consumer = await asAccount(roles())
    const after = Date.now()
    assert.deepEqual((await consumer.check({ targets: [] }, newCall())).problems, [])
    await consumer.restart('mark-1', newCall())
    assert.equal((await settle(consumer, { mark: 'mark-1', after })).is, 'ready')
  })

  test.each([
    [
      'get',
      'verbs: [get, patch]',
      'verbs: [patch]',
      /resources: \["deployments"\], resourceNames: \["limited"\], verbs: \["get"\]/,
    ],
    [
      'patch',
      'verbs: [get, patch]',
      'verbs: [get]',
      /resources: \["deployments"\], resourceNames: \["limited"\], verbs: \["patch"\]/,
    ],
    [
      'list',
      'verbs: [list]',
      'verbs: [watch]',
      /apiGroups: \[""\], resources: \["pods"\], verbs: \["list"\]/,
    ],
    ['the name', '"limited"', '"another"', /resourceNames: \["limited"\]/],
  ])('without %s the check names what is missing', async (_, given, instead, says) => {
    const policy = roles()
    assert.ok(policy.includes(given))
    const consumer = await asAccount(policy.replace(given, instead))
    assert.match((await refused(consumer.check({ targets: [] }, newCall()), 'denied')).nextStep, says)
  })
})

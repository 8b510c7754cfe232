import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { afterEach, describe, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { make } from '../../../../providers/stores/kubernetes-secret/index.ts'
import { options, permissions } from '../../../../providers/stores/kubernetes-secret/options.ts'
import { namespaceOf } from '../../../../providers/stores/kubernetes-secret/sign-in.ts'
import { newCall, oneField, refused } from '../../../laws/secret-store/helpers.ts'
import {
  selfSigned,
  startTinyCluster,
  type TinyCluster,
} from '../../../shared/stand-ins/kubernetes/tiny-cluster.ts'

const clusters: TinyCluster[] = []
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close()
})

async function start(tls?: typeof selfSigned): Promise<TinyCluster> {
  const cluster = await startTinyCluster(tls)
  clusters.push(cluster)
  return cluster
}

const storeOf = (given: object) =>
  make(options.parse(given), { name: 'cluster', stateFolder: '/nonexistent' })
const address = oneField('apps/app')

describe('a server that is not verified gets no token', () => {
  test('insecure-skip-tls-verify is refused before anything is sent', async () => {
    const cluster = await start(selfSigned)
    const kubeconfig = cluster.kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } })
    const read = storeOf({ kubeconfig }).read(address, 'current', newCall())
    const error = await refused(read, 'invalid')
    assert.match(error.message, /insecure-skip-tls-verify/)
    assert.match(error.nextStep, /certificate-authority/)
    assert.equal(cluster.requests.length, 0)
  })

  test('a certificate that signs itself is refused unless the kubeconfig names it', async () => {
    const cluster = await start(selfSigned)
    const read = storeOf({ kubeconfig: cluster.kubeconfig() }).read(address, 'current', newCall())
    assert.equal((await refused(read, 'unavailable')).effect, 'none')
    assert.equal(cluster.requests.length, 0)
    const authority = {
      'certificate-authority-data': Buffer.from(selfSigned.cert).toString('base64'),
    }
    const trusting = storeOf({ kubeconfig: cluster.kubeconfig({ cluster: authority }) })
    await trusting.read(address, 'current', newCall())
    assert.equal(cluster.requests[0]?.authorization, 'Bearer a-bearer-token')
  })
})

test('a write of somebody else between look and dry run says nothing about the right to write', async () => {
  const cluster = await start()
  cluster.before = (method) => {
    if (method === 'PATCH') cluster.secret.metadata.resourceVersion = '2'
  }
  const check = await storeOf({ kubeconfig: cluster.kubeconfig() }).check(address, newCall())
  assert.equal(check.write, 'proved')
  assert.match(cluster.requests.at(-1)?.path ?? '', /dryRun=All/)
})

test('a Secret without the record of its writers is refused, unless a person says that nobody else writes it', async () => {
  const cluster = await start()
  const kubeconfig = cluster.kubeconfig()
  Reflect.deleteProperty(cluster.secret.metadata, 'managedFields')
  const error = await refused(storeOf({ kubeconfig }).check(address, newCall()), 'invalid')
  assert.match(error.message, /managedFields/)
  assert.match(error.nextStep, /writers: \{ allow: \['\*'\] \}/)
  const allowing = storeOf({ kubeconfig, writers: { allow: ['*'] } })
  assert.equal((await allowing.check(address, newCall())).write, 'proved')
})

test('a plugin that returns credentials slowly does not delay an aborted call, and its late answer sends nothing', async () => {
  const cluster = await start()
  const token = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'a-late-token' },
  })
  const program = `setTimeout(() => process.stdout.write(${JSON.stringify(token)}), 1500)`
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', program],
  }
  const store = storeOf({ kubeconfig: cluster.kubeconfig({ user: { exec } }) })
  const began = performance.now()
  const read = store.read(address, 'current', newCall({ signal: AbortSignal.timeout(200) }))
  assert.equal((await refused(read, 'unavailable')).effect, 'none')
  assert.ok(performance.now() - began < 1000, 'the answer came late')
  await sleep(2000)
  assert.equal(cluster.requests.length, 0)
  await store.read(address, 'current', newCall())
  assert.equal(cluster.requests[0]?.authorization, 'Bearer a-late-token')
})

describe('a name without a namespace', () => {
  const pathOf = async (context: object, given: object = {}) => {
    const cluster = await start()
    const store = storeOf({ kubeconfig: cluster.kubeconfig({ context }), ...given })
    await store.read(oneField('app'), 'current', newCall())
    return cluster.requests[0]?.path
  }

  test("is in the namespace of the options, of the kubeconfig's context, else in `default`", async () => {
    const path = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets/app`
    assert.equal(await pathOf({ namespace: 'shop' }, { namespace: 'apps' }), path('apps'))
    assert.equal(await pathOf({ namespace: 'shop' }), path('shop'))
    assert.equal(await pathOf({}), path('default'))
  })

  test('is in the namespace of the own pod', () => {
    const root = mkdtempSync(join(tmpdir(), 'keyrota-pod-'))
    const mounted = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
    mkdirSync(mounted, { recursive: true })
    writeFileSync(join(mounted, 'namespace'), 'shop\n')
    const config = new KubeConfig()
    config.loadFromCluster(root)
    rmSync(root, { recursive: true })
    assert.equal(namespaceOf(config), 'shop')
  })

  test('has a role without one, which kubectl creates in the namespace of its own context', () => {
    const addresses = [oneField('app'), oneField('shop/app')]
    const print = (role: 'keyrota' | 'reader') =>
      parseAllDocuments(permissions({ options: options.parse({}), addresses, role })).map((one) => one.toJS())
    for (const role of ['keyrota', 'reader'] as const) {
      const namespaces = print(role).map(({ metadata }) => metadata.namespace)
      assert.deepEqual(namespaces, [undefined, undefined, 'shop', 'shop'])
      for (const { subjects } of print(role)) if (subjects) assert.ok(subjects[0].namespace)
    }
  })
})

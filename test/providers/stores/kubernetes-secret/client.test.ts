import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { afterEach, describe, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { namespaceOf } from '../../../../providers/shared/kubernetes/sign-in.ts'
import { make } from '../../../../providers/stores/kubernetes-secret/index.ts'
import { clusterRules, options } from '../../../../providers/stores/kubernetes-secret/options.ts'
import { describeRoles } from '../../../../src/permissions/roles.ts'
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

describe('a plugin that gives no credentials', () => {
  const readBy = async (command: string, args: string[] = [], given: object = {}) => {
    const cluster = await start()
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, args }
    const store = storeOf({ kubeconfig: cluster.kubeconfig({ user: { exec } }), ...given })
    return { cluster, store, read: () => store.read(address, 'current', newCall()) }
  }
  const secretText = 'a-token-that-no-error-may-repeat'
  const rows: readonly [string, string[], 'denied' | 'invalid' | 'unavailable', RegExp][] = [
    ['absent-plugin', [], 'invalid', /absent-plugin cannot be started \(ENOENT\)/],
    [
      'sh',
      ['-c', `echo ${secretText}; echo ${secretText} >&2; exit 3`],
      'denied',
      /sh failed with exit code 3/,
    ],
    ['sh', ['-c', `echo ${secretText}`], 'invalid', /sh printed no credentials/],
    ['sh', ['-c', `echo '{"status":{"other":"${secretText}"}}'`], 'invalid', /sh printed no credentials/],
    ['sh', ['-c', `kill -9 $$ # ${secretText}`], 'unavailable', /sh was ended by the system/],
  ]
  for (const [command, args, code, message] of rows)
    test(`${code}: ${message.source}`, async () => {
      const { cluster, read } = await readBy(command, args)
      const error = await refused(read(), code)
      assert.match(error.message, message)
      assert.ok(!`${error.message} ${error.nextStep} ${error.stack}`.includes(secretText))
      assert.equal(cluster.requests.length, 0)
    })

  test('in its own time is ended and named', async () => {
    const { read } = await readBy('sleep', ['60'], { pluginLimit: '300ms' })
    const began = performance.now()
    const error = await refused(read(), 'unavailable')
    assert.match(error.message, /sleep gave no credentials within 300 ms/)
    assert.match(error.nextStep, /pluginLimit/)
    assert.ok(performance.now() - began < 5000)
  })
})

test('a plugin is asked once for as long as its token lasts, and again when the server refuses it', async () => {
  const cluster = await start()
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-plugin-'))
  const count = join(folder, 'count')
  const script = `n=$(cat ${count} 2>/dev/null || echo 0); n=$((n+1)); echo $n > ${count}; echo '{"status":{"token":"token-'$n'"}}'`
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] }
  const store = storeOf({ kubeconfig: cluster.kubeconfig({ user: { exec } }) })
  await Promise.all([1, 2, 3].map(() => store.read(address, 'current', newCall())))
  assert.deepEqual(
    new Set(cluster.requests.map(({ authorization }) => authorization)),
    new Set(['Bearer token-1']),
  )
  cluster.status = 401
  assert.match(
    (await refused(store.read(address, 'current', newCall()), 'denied')).message,
    /refused the credentials/,
  )
  cluster.status = undefined
  await store.read(address, 'current', newCall())
  assert.equal(cluster.requests.at(-1)?.authorization, 'Bearer token-2')
  rmSync(folder, { recursive: true })
})

describe('a sign-in that cannot begin says why', () => {
  const readWith = (given: object) => refused(storeOf(given).read(address, 'current', newCall()), 'invalid')

  test('no such kubeconfig, none at all, and a context that it does not have', async () => {
    const cluster = await start()
    assert.match(
      (await readWith({ kubeconfig: '/nonexistent/config' })).message,
      /\/nonexistent\/config does not exist/,
    )
    const broken = cluster.kubeconfig()
    writeFileSync(broken, 'clusters: [')
    assert.match((await readWith({ kubeconfig: broken })).message, /is not one/)
    assert.match(
      (await readWith({ kubeconfig: cluster.kubeconfig(), context: 'other' })).message,
      /no such context/,
    )
  })

  test('a token file that is not there', async () => {
    const cluster = await start()
    const kubeconfig = cluster.kubeconfig({
      user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: '/nonexistent/token' } } },
    })
    assert.match((await readWith({ kubeconfig })).message, /token file .* cannot be read \(ENOENT\)/)
  })
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
      parseAllDocuments(
        describeRoles(clusterRules({ options: options.parse({}), addresses, role }), role),
      ).map((one) => one.toJS())
    for (const role of ['keyrota', 'reader'] as const) {
      const namespaces = print(role).map(({ metadata }) => metadata.namespace)
      assert.deepEqual(namespaces, [undefined, undefined, 'shop', 'shop'])
      for (const { subjects } of print(role)) if (subjects) assert.ok(subjects[0].namespace)
    }
  })
})

/*
 * The consumer `external-secret` on a real API server. The operator is not there: the test serves its kind of object and
 * does what the operator does, which is to write the Secret after an annotation changed.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { make } from '../../../providers/consumers/external-secret/index.ts'
import { clusterRules, options } from '../../../providers/consumers/external-secret/options.ts'
import type { Consumer } from '../../../src/contracts/consumer.ts'
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { machine } from '../../../src/machine.ts'
import { describeRoles } from '../../../src/permissions/roles.ts'
import { newCall, newValue, refused } from '../../laws/secret-store/helpers.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'

const server = new KubernetesServer()
const group = 'external-secrets.io'
const [oldValue, newKey] = [newValue(), newValue()]
const fingerprintOf = (value: string) => fingerprintPart(new SecretValue(value))
let secret = ''
let given: object

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `externalsecrets.${group}` },
  spec: {
    group,
    names: { kind: 'ExternalSecret', plural: 'externalsecrets', singular: 'externalsecret' },
    scope: 'Namespaced',
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

beforeAll(async () => {
  await server.start()
  await server.apply(definition)
  await server.kubectl(
    'wait',
    '--for=condition=Established',
    `crd/${definition.metadata.name}`,
    '--timeout=30s',
  )
  secret = (await server.newSecret({ API_KEY: oldValue })).split('/')[1] ?? ''
  const { namespace } = server
  await server.apply({
    ...{ apiVersion: `${group}/v1`, kind: 'ExternalSecret' },
    metadata: { name: 'web', namespace },
    spec: { refreshInterval: '1h', target: { name: secret } },
  })
  const labels = { app: 'web' }
  await server.apply({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'pause' }] },
      },
    },
  })
  const workloads = [{ kind: 'Deployment', name: 'web' }]
  given = {
    name: 'web',
    namespace,
    secret,
    field: 'API_KEY',
    workloads,
    gather: '300ms',
    settle: '200ms',
    refreshWait: '5s',
  }
})
afterAll(async () => {
  await server.kubectl('delete', 'crd', definition.metadata.name, '--wait=false')
  await server.stop()
})

const roles = () =>
  describeRoles(clusterRules({ options: options.parse(given), addresses: [], role: 'keyrota' }), 'keyrota')

async function asAccount(policy: string): Promise<Required<Consumer>> {
  const { token } = await server.newAccount(policy)
  const kubeconfig = await server.writeKubeconfig(server.address, token, true)
  return make(options.parse({ ...given, kubeconfig }), {
    name: 'web',
    clock: machine.clock,
  }) as Required<Consumer>
}

/** Writes the Secret once a refresh was asked for. */
async function operate(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const path = 'jsonpath={.metadata.annotations.force-sync}'
    const asked = await server.kubectl('get', 'externalsecret', 'web', '-n', server.namespace, '-o', path)
    if (asked !== '')
      return server.patchSecret(
        `${server.namespace}/${secret}`,
        { stringData: { API_KEY: newKey } },
        'external-secrets',
      )
    await sleep(50)
  }
  throw new Error('no refresh was asked for')
}

test('with the printed role: the refresh is asked for, the Secret follows, then the workload restarts', async () => {
  const consumer = await asAccount(roles())
  assert.deepEqual((await consumer.check({ targets: [] }, newCall())).problems, [])
  const fingerprint = fingerprintOf(newKey)
  const before = await consumer.ready({ mark: '', after: 0, fingerprint }, newCall())
  assert.match(before.why ?? '', new RegExp(`still holds ${fingerprintOf(oldValue)}`))
  const after = Date.now()
  await Promise.all([consumer.restart('mark-1', newCall(), { fingerprint, since: after }), operate()])
  for (let tries = 0; ; tries += 1) {
    const ready = await consumer.ready({ mark: 'mark-1', after, fingerprint }, newCall())
    if (ready.is === 'ready') return
    assert.ok(tries < 100, ready.why)
    await sleep(100)
  }
})

test('an operator that does nothing: no restart, and the Secret is named', async () => {
  const consumer = await asAccount(roles())
  const wanted = { fingerprint: fingerprintOf('another-key-16-x'), since: 0 }
  const error = await refused(consumer.restart('mark-2', newCall(), wanted), 'unavailable')
  assert.match(error.message, /still holds/)
})

test.each([
  [
    'get of the ExternalSecret',
    /(externalsecrets\][\s\S]*?verbs: )\[get, patch\]/,
    '$1[patch]',
    /externalsecrets.*verbs: \["get"\]/,
  ],
  [
    'patch of the ExternalSecret',
    /(externalsecrets\][\s\S]*?verbs: )\[get, patch\]/,
    '$1[get]',
    /externalsecrets.*verbs: \["patch"\]/,
  ],
  ['get of the Secret', /(secrets\]\n[\s\S]*?verbs: )\[get\]/, '$1[list]', /secrets.*verbs: \["get"\]/],
])('without %s the check names what is missing', async (_, rule, instead, says) => {
  const policy = roles()
  assert.match(policy, rule)
  const consumer = await asAccount(policy.replace(rule, instead))
  assert.match((await refused(consumer.check({ targets: [] }, newCall()), 'denied')).nextStep, says)
})

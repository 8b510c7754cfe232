/*
 * The image of deploy/Dockerfile on a real node, under Pod Security `restricted` and with a root that cannot be written: a
 * rotation against the sandbox over TLS, `serve` with its health and its end, and what is in the image and what is not.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { options } from '../../../providers/stores/kubernetes-secret/options.ts'
import { clusterRules } from '../../../providers/stores/kubernetes-secret/permissions.ts'
import { describeRoles } from '../../../src/permissions/roles.ts'
import { makeIdentity } from '../../../src/sandbox/certificate.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/gateway.ts'
import { fingerprintText } from '../../../src/sandbox/http.ts'
import { sandboxIssuer } from '../../cli/installation.ts'
import { oneField } from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'

const run = promisify(execFile)
const image = 'keyrota-test/image:1'
const BUILD_LIMIT_MS = 600_000
/** A name that pods resolve to the loopback interface of this machine. */
const gateway = 'machine.test'
const key = 'renderer-prod'

const server = new KubernetesServer()
let sandbox: Sandbox
let secret: string
let account: string

/** A workload that reads the Secret at each request, behind an authority of its own. */
const identity = makeIdentity([gateway], Date.now())
const consumer = createServer(
  { cert: identity.cert, key: identity.key.export({ type: 'pkcs8', format: 'pem' }) },
  async (_, response) => {
    const { API_KEY = '' } = await server.readFields(secret)
    response.end(JSON.stringify({ fingerprint: fingerprintText(API_KEY) }))
  },
)

beforeAll(async () => {
  const build = [image, '.', '--file', 'deploy/Dockerfile', '--build-arg', 'REVISION=test']
  await run(requireEnv('KEYROTA_TEST_NODE_IMAGE'), ['build', ...build], { maxBuffer: 2 ** 26 })
  await server.start()
  const level = 'pod-security.kubernetes.io/enforce=restricted'
  await server.kubectl('label', 'namespace', server.namespace, level)
  sandbox = await startSandbox({ tlsNames: [gateway] })
  secret = await server.newSecret({ OTHER: 'kept' })
  const addresses = [oneField(secret)]
  const policy = describeRoles(
    clusterRules({ options: options.parse({}), addresses, role: 'keyrota' }),
    'keyrota',
  )
  account = (await server.newAccount(policy)).name
  consumer.listen(0, '127.0.0.1')
  await once(consumer, 'listening')
  await server.apply({ ...object('Secret', 'gateway-token'), stringData: { token: sandbox.managementToken } })
  await server.apply({
    ...object('ConfigMap', 'keyrota'),
    data: { 'keyrota.yaml': JSON.stringify(config()), 'ca.pem': sandbox.ca, 'consumer-ca.pem': identity.ca },
  })
}, BUILD_LIMIT_MS)
afterAll(async () => {
  consumer.close()
  await server.stop()
  await sandbox.close()
})

function object(kind: string, name: string) {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: server.namespace } }
}

function config(): object {
  const { port } = new URL(sandbox.url)
  return {
    installation: 'k7f3',
    issuers: {
      video: {
        ...sandboxIssuer(`https://${gateway}:${port}`),
        auth: { management: { bearer: { file: '/var/run/secrets/keyrota.dev/video/token' } } },
        ca: { file: 'ca.pem' },
        settle: '1s',
      },
    },
    consumers: {
      renderer: {
        type: 'http',
        url: `https://${gateway}:${(consumer.address() as AddressInfo).port}/health`,
        fingerprint: { json: '/fingerprint' },
        ca: { file: 'consumer-ca.pem' },
      },
    },
    stores: { cluster: { type: 'kubernetes-secret' } },
    defaults: { every: '90d', overlap: '0s', confirmations: 1, retryMin: '100ms', retryMax: '1s' },
    keys: {
      [key]: {
        environment: 'production',
        service: 'renderer',
        owner: 'video-team',
        issuer: 'video',
        targets: [{ store: 'cluster', secret, field: 'API_KEY' }],
        consumers: ['renderer'],
      },
    },
  }
}

/** Creates a pod that runs Keyrota with these arguments, and nothing that `restricted` forbids. */
async function startPod(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  await server.apply({
    ...object('Pod', name),
    spec: {
      serviceAccountName: account,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'keyrota',
          image,
          args,
          env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'config', mountPath: '/etc/keyrota' },
            { name: 'token', mountPath: '/var/run/secrets/keyrota.dev/video' },
            { name: 'state', mountPath: '/var/lib/keyrota' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: 'keyrota' } },
        { name: 'token', secret: { secretName: 'gateway-token' } },
        { name: 'state', emptyDir: {} },
      ],
    },
  })
}

function kubectl(...args: string[]): Promise<string> {
  return server.kubectl('--namespace', server.namespace, ...args)
}

/** Waits for the pod's end; answers its exit code and its output. */
async function waitForEnd(name: string): Promise<{ exitCode: string; output: string }> {
  const ended = '--for=jsonpath={.status.containerStatuses[0].state.terminated}'
  await kubectl('wait', ended, '--timeout=90s', `pod/${name}`)
  const place = 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}'
  return {
    exitCode: await kubectl('get', 'pod', name, '--output', place),
    output: await kubectl('logs', name),
  }
}

/** Runs a program in the pod; answers its exit code and everything it printed. */
async function execute(pod: string, ...words: string[]): Promise<{ code: number; output: string }> {
  try {
    return { code: 0, output: await kubectl('exec', pod, '--', ...words) }
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && 'stderr' in error)
    return { code: Number(error.code), output: String(error.stderr) }
  }
}

test('two one-shots beside serve: the first key, and its rotation by issuer and consumer with authorities of their own', async () => {
  await startPod('serve', ['serve'])
  await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'pod/serve')
  const values: string[] = []
  for (const options of [['--first'], ['--reason', 'a test']]) {
    const { code, output } = await execute('serve', 'keyrota', 'rotate', key, ...options)
    assert.equal(code, 0, output)
    const { API_KEY = '', OTHER } = await server.readFields(secret)
    assert.equal(OTHER, 'kept')
    assert.ok(!output.includes(API_KEY))
    values.push(fingerprintText(API_KEY))
  }
  const keys = sandbox.listKeys().map(({ fingerprint, state }) => ({ fingerprint, state }))
  expect(keys).toEqual([
    { fingerprint: values[0], state: 'revoked' },
    { fingerprint: values[1], state: 'active' },
  ])
})

test('every part of the program was compiled when the image was built', async () => {
  await startPod('compiled', ['version'], { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' })
  const { exitCode, output } = await waitForEnd('compiled')
  assert.equal(exitCode, '0', output)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(output).toContain(`keyrota ${version} (Node.js`)
  expect(output).toMatch(/main\.js.*(accepted|success)/i)
  expect(output).not.toMatch(/rejected|cannot open|was not initialized/i)
})

test('serve is well, has no shell and nothing to write but its folders, and ends when it is asked to', async () => {
  await expect
    .poll(async () => (await execute('serve', '/opt/keyrota/health.mjs')).code, { timeout: 30_000 })
    .toBe(0)
  expect(await execute('serve', '/opt/keyrota/health.mjs', '127.0.0.1:9463')).toMatchObject({
    code: 1,
    output: expect.stringContaining('ECONNREFUSED'),
  })
  for (const shell of ['sh', 'bash', '/bin/busybox', 'npm'])
    expect((await execute('serve', shell)).code).not.toBe(0)
  expect((await execute('serve', 'keyrota', 'status')).output).toContain(key)
  const whoami = 'process.getuid() + " " + process.getgid()'
  expect((await execute('serve', '/nodejs/bin/node', '--print', whoami)).output.trim()).toBe('65532 65532')
  const write = 'fs.writeFileSync("/opt/keyrota/main.js", "")'
  expect((await execute('serve', '/nodejs/bin/node', '--eval', write)).output).toContain('EROFS')
  const before = Date.now()
  await kubectl('delete', 'pod', 'serve', '--grace-period=60', '--wait=true')
  expect(Date.now() - before).toBeLessThan(45_000)
})

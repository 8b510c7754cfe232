import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, test } from 'vitest'
import { options } from '../../../providers/stores/kubernetes-secret/options.ts'
import { clusterRules } from '../../../providers/stores/kubernetes-secret/permissions.ts'
import { describeRoles } from '../../../src/permissions/roles.ts'
import { get, newValue, oneField } from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { makeKubernetesStore } from '../../shared/stand-ins/kubernetes/store-fixture.ts'

const server = new KubernetesServer()
const image = 'keyrota-test/rotate-in-cluster'

beforeAll(async () => {
  await server.start()
  const script = fileURLToPath(
    new URL('../../shared/stand-ins/kubernetes/rotate-in-cluster.ts', import.meta.url),
  )
  const file = requireEnv('KEYROTA_TEST_KUBELET_IMAGES')
  const images = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...images, [image]: { command: [process.execPath, script] } }))
})
afterAll(() => server.stop())

/** Waits for a line of the pod's output that is JSON. */
async function readAnswer(pod: string): Promise<{ checked: object; version: string; retired: string }> {
  const log = join(requireEnv('KEYROTA_TEST_KUBELET_LOGS'), `${server.namespace}_${pod}_rotate.log`)
  for (let tries = 0; ; tries += 1) {
    const text = await readFile(log, 'utf8').catch(() => '')
    const line = text.split('\n').find((one) => one.startsWith('{'))
    if (line !== undefined) return JSON.parse(line)
    assert.ok(tries < 200, `the pod did not answer: ${text}`)
    await sleep(100)
  }
}

test('in a pod, by its service account with the printed policy and nothing else', async () => {
  const secret = await server.newSecret({ API_KEY: newValue() })
  const address = oneField(secret)
  const policy = describeRoles(
    clusterRules({ options: options.parse({}), addresses: [address], role: 'keyrota' }),
    'keyrota',
  )
  const serviceAccountName = (await server.newAccount(policy)).name
  const container = { name: 'rotate', image, args: [secret] }
  await server.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'rotation', namespace: server.namespace },
    spec: { serviceAccountName, restartPolicy: 'Never', containers: [container] },
  })
  const answer = await readAnswer('rotation')
  assert.deepEqual(answer.checked, { read: 'proved', write: 'proved', notes: [] })
  assert.equal(answer.retired, 'gone')
  const store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  const seen = await get(store, address, answer.version)
  assert.equal(seen.value?.length, 36)
})

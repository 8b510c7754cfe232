import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, test } from 'vitest'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { newCall, newMark, newValue, oneField, put } from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { makeKubernetesStore } from '../../shared/stand-ins/kubernetes/store-fixture.ts'

const run = promisify(execFile)
const server = new KubernetesServer()
let store: SecretStore
let folder: string

beforeAll(async () => {
  await server.start()
  store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  folder = await mkdtemp(join(tmpdir(), 'keyrota-helm-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await server.stop()
})

/** A chart of one Secret, which leaves out the field that is ours. */
async function makeChart(): Promise<string> {
  const chart = join(folder, 'chart')
  await mkdir(join(chart, 'templates'), { recursive: true })
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 0.1.0\n')
  await writeFile(
    join(chart, 'templates', 'secret.yaml'),
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: app-by-helm\nstringData:\n  SIBLING: "{{ .Values.sibling }}"\n',
  )
  return chart
}

async function helm(verb: 'install' | 'upgrade', chart: string, sibling: string): Promise<void> {
  const place = ['--namespace', server.namespace, '--kubeconfig', server.kubeconfig]
  const home = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder }
  const args = [verb, 'app', chart, ...place, '--set-string', `sibling=${sibling}`]
  await run(requireEnv('KEYROTA_TEST_HELM'), args, { env: home })
}

/** Makes the field, rotates it once while the replaced value stays, and answers what it holds now. */
async function rotate(secret: string): Promise<{ old: string; value: string; version: string }> {
  const [old, value] = [newValue(), newValue()]
  const address = oneField(secret)
  assert.equal((await store.check(address, newCall())).write, 'proved')
  const version = await put(store, address, old, 'absent', newMark())
  await put(store, address, value, version, newMark())
  return { old, value, version }
}

/** Our field, its replaced value and its mark are as we left them. */
async function assertKept(secret: string, { old, value, version }: Awaited<ReturnType<typeof rotate>>) {
  const address = oneField(secret)
  const current = await store.read(address, 'current', newCall())
  assert.equal(current.material.value?.expose(), value)
  assert.ok(current.mark, 'the version is still ours')
  assert.equal((await store.read(address, version, newCall())).material.value?.expose(), old)
}

test('a field that the chart leaves out survives its upgrade, which changes what the chart has', async () => {
  const chart = await makeChart()
  await helm('install', chart, 'first')
  const secret = `${server.namespace}/app-by-helm`
  const rotated = await rotate(secret)
  await helm('upgrade', chart, 'second')
  assert.equal((await server.readFields(secret)).SIBLING, 'second')
  await assertKept(secret, rotated)
  const { notes } = await store.check(oneField(secret), newCall())
  assert.match(notes.join(), /Helm made this Secret/)
  await put(
    store,
    oneField(secret),
    newValue(),
    (await store.read(oneField(secret), 'current', newCall())).version,
  )
  assert.equal((await server.readFields(secret)).SIBLING, 'second')
})

test('a field that a manifest leaves out survives its server-side apply', async () => {
  const name = 'app-by-kubectl'
  const apply = async (sibling: string) => {
    const manifest = join(folder, 'secret.json')
    const metadata = { name, namespace: server.namespace }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { SIBLING: btoa(sibling) } }
    await writeFile(manifest, JSON.stringify(secret))
    await server.kubectl('apply', '--server-side', '-f', manifest)
  }
  await apply('first')
  const secret = `${server.namespace}/${name}`
  const rotated = await rotate(secret)
  await apply('second')
  assert.equal((await server.readFields(secret)).SIBLING, 'second')
  await assertKept(secret, rotated)
  assert.deepEqual((await store.check(oneField(secret), newCall())).notes, [])
})

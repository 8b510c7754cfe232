import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { requireEnv } from '../../shared/require-env.ts'
import { foreignKinds, foreignNames } from '../../shared/rigs/chart/foreign-kinds.ts'
import { chart, Helm } from '../../shared/rigs/chart/helm.ts'
import { namespaces, variants } from '../../shared/rigs/chart/variants.ts'

const run = promisify(execFile)
const helm = new Helm()
let folder: string

async function kubectl(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return await run(requireEnv('KEYROTA_TEST_KUBECTL'), [
    '--kubeconfig',
    requireEnv('KEYROTA_TEST_KUBECONFIG'),
    ...args,
  ])
}

/** Has the API server look at a text of manifests as it would at an apply, and returns its warnings. */
async function dryRun(manifests: string): Promise<string> {
  const file = join(folder, `${crypto.randomUUID()}.yaml`)
  await writeFile(file, manifests)
  const { stderr } = await kubectl(
    'apply',
    '--server-side',
    '--force-conflicts',
    '--dry-run=server',
    '--validate=strict',
    '-f',
    file,
  )
  return stderr
}

/** A namespace whose pods have to be restricted, and whose workloads bring a warning if theirs are not. */
function describeNamespace(name: string): object {
  const labels = Object.fromEntries(
    ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  )
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** What the objects of the variants refer to: the API server looks for it before it takes a pod. */
const referredTo = [
  ...['keyrota', 'keyrota-production', 'keyrota-staging-eu', 'keyrota-rotation', 'stage', 'given'].map(
    (name) => ({
      ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
      metadata: { name, namespace: 'keyrota' },
    }),
  ),
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' },
]

beforeAll(async () => {
  await helm.start()
  folder = await mkdtemp(join(tmpdir(), 'keyrota-dry-run-'))
  const items = [...['keyrota', ...namespaces].map(describeNamespace), ...referredTo, ...foreignKinds]
  await writeFile(join(folder, 'needed.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(folder, 'needed.json'))
  await kubectl('wait', '--for=condition=Established', 'crd', ...foreignNames)
})
afterAll(async () => {
  await kubectl('delete', 'crd', ...foreignNames)
  await rm(folder, { recursive: true })
  await helm.stop()
})

describe.each(Object.entries(variants))('%s', (_, values) => {
  test('is taken by helm lint --strict', async () => {
    assert.match(await helm.run(['lint', '--strict', chart], values), /0 chart\(s\) failed/)
  })

  test('is taken by the API server, to the last field, without a warning', async () => {
    const manifests = await helm.run(['template', 'keyrota', chart], values)
    assert.equal(await dryRun(manifests), '')
  })
})

test('the API server would have refused a misspelt field', async () => {
  const manifests = await helm.run(['template', 'keyrota', chart], variants['a CronJob with one key'])
  await assert.rejects(dryRun(manifests.replace('concurrencyPolicy', 'concurencyPolicy')), /concurencyPolicy/)
})

test('the API server would have refused a pod that is not restricted', async () => {
  const values = { ...variants['a CronJob with one key'], podSecurityContext: { runAsNonRoot: false } }
  const manifests = await helm.run(['template', 'keyrota', chart], values)
  await assert.rejects(dryRun(manifests), /"keyrota-check" is forbidden: violates PodSecurity/)
})

test('helm lint takes the chart as it is', async () => {
  assert.match(await helm.run(['lint', '--strict', chart]), /0 chart\(s\) failed/)
})

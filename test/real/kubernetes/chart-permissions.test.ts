import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { application } from '../../../src/compose.ts'
import { find, Helm, type Rendered, type Values } from '../../shared/rigs/chart/helm.ts'
import { valuesOfOneKey } from '../../shared/rigs/chart/values.ts'
import { wide } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
let folder: string

beforeAll(async () => {
  await helm.start()
  folder = await mkdtemp(join(tmpdir(), 'keyrota-permissions-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await helm.stop()
})

/** One line for each name, or each kind, that a Role lets do something with: `namespace group/resource name: verbs`. */
function listGrants(objects: readonly Rendered[], defaultNamespace: string): string[] {
  const lines = objects
    .filter(({ kind }) => kind === 'Role')
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(
        (rule: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }) =>
          rule.apiGroups.flatMap((group) =>
            rule.resources.flatMap((resource) =>
              (rule.resourceNames ?? ['every one']).map(
                (name) =>
                  `${metadata.namespace ?? defaultNamespace} ${group}/${resource} ${name}: ${[...rule.verbs].sort().join(', ')}`,
              ),
            ),
          ),
      ),
    )
  return [...new Set(lines)].sort()
}

/** The grants of the chart, and those that the product itself prints for the config that the chart makes. */
async function compare(values: Values): Promise<{ chart: string[]; product: string[] }> {
  const objects = await helm.render(values)
  const file = join(folder, `${crypto.randomUUID()}.yaml`)
  await writeFile(file, find(objects, 'ConfigMap').data['keyrota.yaml'])
  const policies = await application.permissions({ config: file, role: 'keyrota' })
  const documents = policies
    .filter(({ type }) => type === 'kubernetes')
    .flatMap(({ policy }) => parseAllDocuments(policy))
  return {
    chart: listGrants(objects, ''),
    product: listGrants(
      documents.map((document) => document.toJS() as Rendered),
      'keyrota',
    ),
  }
}

test('the chart grants what `keyrota permissions` prints for its config, and no more', async () => {
  const { cluster, own } = { cluster: { type: 'kubernetes-secret' }, own: wide.stores.own }
  const here = Object.keys({ cluster, own })
  const keys = Object.entries(wide.keys).map(([name, key]) => {
    const targets = key.targets.filter(({ store }) => here.includes(store))
    return [name, { ...key, targets }]
  })
  const issuers = { gateway: { type: 'memory' }, studio: { type: 'memory' } }
  const config = { ...wide, issuers, stores: { own }, keys: Object.fromEntries(keys) }
  const { chart, product } = await compare({ config })
  assert.ok(product.length > 8)
  assert.deepEqual(chart, product)
})

test('also for one key', async () => {
  const { chart, product } = await compare(valuesOfOneKey())
  assert.deepEqual(chart, product)
})

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parse } from 'yaml'
import { makeManifests } from '../../../.ci/chart/manifests.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { chart, find, Helm, podsOf, type Values } from '../../shared/rigs/chart/helm.ts'
import { valuesOfOneKey } from '../../shared/rigs/chart/values.ts'
import { renderAll, variants } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
const one = valuesOfOneKey()
let variant: Awaited<ReturnType<typeof renderAll>>

beforeAll(async () => {
  await helm.start()
  variant = await renderAll(helm)
})
afterAll(() => helm.stop())

describe('everything else', () => {
  const everything: Values = variants['everything as a Deployment'] ?? {}
  const objects = () => variant('everything as a Deployment')

  test('takes the image by its digest', () => {
    const [pod] = podsOf(find(objects(), 'Deployment'))
    assert.equal(pod.containers[0].image, `registry.example.com/keyrota@sha256:${'ab'.repeat(32)}`)
    assert.deepEqual(pod.imagePullSecrets, [{ name: 'registry' }])
  })

  test('has the common labels and annotations on every object and every pod', () => {
    for (const object of objects().filter(({ metadata }) => !metadata.name.endsWith('-more'))) {
      assert.equal(object.metadata.labels?.team, 'platform', object.kind)
      assert.equal(object.metadata.annotations?.['example.com/owner'], 'platform', object.kind)
    }
    assert.equal(find(objects(), 'Deployment').spec.template.metadata.labels.team, 'platform')
  })

  test('says where the pods run', () => {
    const [pod] = podsOf(find(objects(), 'Deployment'))
    const fields = [
      'nodeSelector',
      'tolerations',
      'affinity',
      'priorityClassName',
      'runtimeClassName',
      'dnsConfig',
      'hostAliases',
      'topologySpreadConstraints',
    ]
    for (const field of fields) assert.deepEqual(pod[field], everything[field], field)
  })

  test('allows only DNS, the API server and the named addresses', () => {
    const { spec } = find(objects(), 'NetworkPolicy')
    assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress'])
    const [dns, apiServer, ...named] = spec.egress
    assert.deepEqual(
      dns.ports.map(({ port }: { port: number }) => port),
      [53, 53],
    )
    assert.deepEqual(apiServer.to, [{ ipBlock: { cidr: '10.0.0.1/32' } }])
    assert.deepEqual(
      named.map(({ to }: { to: [{ ipBlock: object }] }) => to[0].ipBlock),
      [{ cidr: '203.0.113.0/24', except: ['203.0.113.7/32'] }, { cidr: '198.51.100.0/24' }],
    )
    assert.equal(spec.ingress[0].from.length, 1)
    assert.deepEqual(find(variant('everything as a CronJob'), 'NetworkPolicy').spec.ingress, [])
  })

  test('lets monitors select what they scrape', () => {
    const monitor = find(objects(), 'ServiceMonitor')
    const service = find(objects(), 'Service')
    for (const [name, value] of Object.entries(monitor.spec.selector.matchLabels))
      assert.equal(service.metadata.labels?.[name], value)
    assert.equal(service.spec.ports[0].name, monitor.spec.endpoints[0].port)
    const { template } = find(objects(), 'Deployment').spec
    const pods = find(objects(), 'PodMonitor').spec
    for (const [name, value] of Object.entries(pods.selector.matchLabels))
      assert.equal(template.metadata.labels[name], value)
  })

  test('has the alert rules, the metrics of ManagedKeys and the dashboard that the repository ships', async () => {
    const shipped = async (name: string) => parse(await readFile(join(chart, 'files', name), 'utf8'))
    const rules = find(objects(), 'PrometheusRule')
    assert.ok(rules.spec.groups.length > 0)
    assert.deepEqual(rules.spec, await shipped('alerts.yaml'))
    assert.equal(rules.metadata.labels?.release, 'prometheus')
    const metrics = find(objects(), 'ConfigMap', 'keyrota-rotation-kube-state-metrics').data['config.yaml']
    assert.deepEqual(parse(metrics), await shipped('custom-resource-state.yaml'))
    const dashboard = find(objects(), 'ConfigMap', 'keyrota-rotation-dashboard')
    assert.deepEqual(JSON.parse(dashboard.data['keyrota.json']), await shipped('dashboard.json'))
    assert.equal(dashboard.metadata.labels?.grafana_dashboard, '1')
  })

  test('renders the objects of the values as templates', () => {
    assert.equal(find(objects(), 'ConfigMap', 'keyrota-more').data.a, 'b')
  })

  test('is named after the release and the chart, unless one has the name of the other', async () => {
    const text = await helm.run(['template', 'blue', chart], one)
    assert.match(text, /name: "blue-keyrota"/)
  })
})

test('deploy/kubernetes is what the chart renders', async () => {
  for (const [path, expected] of makeManifests(requireEnv('KEYROTA_TEST_HELM')))
    assert.equal(await readFile(path, 'utf8'), expected, `${path} is stale: node .ci/chart/manifests.ts`)
})

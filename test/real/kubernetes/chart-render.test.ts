import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parse } from 'yaml'
import { configOf, find, Helm, kindsOf, podsOf } from '../../shared/rigs/chart/helm.ts'
import { valuesOfOneKey } from '../../shared/rigs/chart/values.ts'
import { renderAll, variants, wide } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
const one = valuesOfOneKey()
/** What the chart has every worker log. */
const LOGS = ['--log-format', 'json', '--log-level', 'info']
let variant: Awaited<ReturnType<typeof renderAll>>

beforeAll(async () => {
  await helm.start()
  variant = await renderAll(helm)
})
afterAll(() => helm.stop())

describe.each(Object.keys(variants))('%s', (name) => {
  test('has pods that Pod Security calls restricted, and that may write nothing but their own folders', () => {
    const pods = variant(name).flatMap(podsOf)
    assert.ok(pods.length > 0)
    for (const pod of pods) {
      assert.equal(pod.securityContext.runAsNonRoot, true)
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault')
      assert.equal(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC, undefined)
      const [container, ...others] = pod.containers
      assert.deepEqual(others, [])
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      assert.ok(container.resources.limits.memory)
      const writable = container.volumeMounts.filter((mount: { readOnly?: boolean }) => !mount.readOnly)
      assert.deepEqual(
        writable.map((mount: { mountPath: string }) => mount.mountPath),
        ['/var/lib/keyrota', '/tmp'],
      )
    }
  })

  test('grants no Secret but by name, and nothing by a wildcard', () => {
    const roles = variant(name).filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    for (const role of roles) {
      for (const rule of role.rules) {
        assert.doesNotMatch(JSON.stringify(rule), /\*/)
        if (!rule.resources.some((resource: string) => resource.startsWith('secrets'))) continue
        assert.equal(role.kind, 'Role')
        assert.ok(rule.resourceNames.length > 0)
        assert.deepEqual(
          rule.verbs.filter((verb: string) => !['get', 'patch'].includes(verb)),
          [],
        )
      }
    }
  })

  test('binds every Role to an identity of the release', () => {
    const objects = variant(name)
    const accounts = objects
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => metadata.name)
    for (const binding of objects.filter(({ kind }) => kind.endsWith('Binding'))) {
      const [subject, ...others] = binding.subjects
      assert.deepEqual(others, [])
      assert.ok(accounts.includes(subject.name), subject.name)
      assert.equal(subject.namespace, 'keyrota')
      const role = find(
        objects.filter((one) => one.metadata.namespace === binding.metadata.namespace),
        binding.roleRef.kind,
        binding.roleRef.name,
      )
      assert.ok(role.rules.length > 0)
    }
  })

  test('is the same each time it is rendered', async () => {
    assert.deepEqual(await helm.render(variants[name] ?? {}), variant(name))
  })

  test('names every object once, in a namespace unless it has none', () => {
    const names = variant(name).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    )
    assert.deepEqual(names, [...new Set(names)])
    const cluster = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition']
    const lost = variant(name).filter(({ kind, metadata }) => !metadata.namespace !== cluster.includes(kind))
    assert.deepEqual(
      lost.filter(({ metadata }) => !metadata.name.endsWith('-more')).map(({ kind }) => kind),
      [],
    )
  })
})

describe('a CronJob', () => {
  test('never runs twice at once, and ends a run that hangs after its wait', () => {
    const { spec } = find(variant('a CronJob with one key'), 'CronJob', 'keyrota')
    assert.equal(spec.schedule, '*/15 * * * *')
    assert.equal(spec.timeZone, 'Etc/UTC')
    assert.equal(spec.concurrencyPolicy, 'Forbid')
    assert.equal(spec.startingDeadlineSeconds, 600)
    assert.equal(spec.suspend, false)
    const job = spec.jobTemplate.spec
    assert.equal(job.activeDeadlineSeconds, 900)
    assert.equal(job.backoffLimit, 0)
    assert.equal(job.podReplacementPolicy, 'Failed')
    assert.equal(job.podFailurePolicy.rules[0].onPodConditions[0].type, 'DisruptionTarget')
    const pod = job.template.spec
    assert.equal(pod.restartPolicy, 'Never')
    assert.equal(pod.terminationGracePeriodSeconds, 60)
    assert.deepEqual(pod.containers[0].args, ['run', '--wait', '10m', ...LOGS])
  })

  test('takes its times from the values', () => {
    const { spec } = find(variant('a schedule of its own'), 'CronJob', 'keyrota')
    assert.equal(spec.timeZone, 'Europe/Berlin')
    assert.equal(spec.suspend, true)
    assert.equal(spec.jobTemplate.spec.ttlSecondsAfterFinished, 60)
  })

  test('is all that works: no Deployment, Service or disruption budget', () => {
    const found = kindsOf(variant('a CronJob with one key'))
    assert.deepEqual(
      found.filter((kind) => ['Deployment', 'Service', 'PodDisruptionBudget'].includes(kind)),
      [],
    )
  })
})

describe('a Deployment', () => {
  test('serves, is probed, drains, and is spread', () => {
    const objects = variant('a Deployment with one key')
    assert.ok(!kindsOf(objects).includes('CronJob'))
    const { spec } = find(objects, 'Deployment', 'keyrota')
    assert.equal(spec.replicas, 2)
    const pod = spec.template.spec
    assert.equal(pod.terminationGracePeriodSeconds, 40)
    const [container] = pod.containers
    assert.deepEqual(container.args, ['serve', '--listen', '0.0.0.0:9464', '--grace', '25s', ...LOGS])
    assert.deepEqual(container.ports, [{ name: 'metrics', containerPort: 9464, protocol: 'TCP' }])
    assert.deepEqual(container.livenessProbe.httpGet, { path: '/healthz', port: 'metrics' })
    assert.deepEqual(container.readinessProbe.httpGet, { path: '/readyz', port: 'metrics' })
    assert.equal(pod.topologySpreadConstraints[0].whenUnsatisfiable, 'ScheduleAnyway')
    const { matchLabels } = spec.selector
    assert.deepEqual(pod.topologySpreadConstraints[0].labelSelector.matchLabels, matchLabels)
    const budget = find(objects, 'PodDisruptionBudget', 'keyrota')
    assert.equal(budget.spec.maxUnavailable, 1)
    assert.deepEqual(budget.spec.selector.matchLabels, matchLabels)
    assert.deepEqual({ ...spec.template.metadata.labels, ...matchLabels }, spec.template.metadata.labels)
    const service = find(objects, 'Service', 'keyrota-metrics')
    assert.equal(service.spec.clusterIP, 'None')
    assert.deepEqual(service.spec.selector, matchLabels)
  })

  test('of one replica has no disruption budget, which would hold up every drain', () => {
    assert.ok(!kindsOf(variant('a single replica')).includes('PodDisruptionBudget'))
  })

  test('has a selector that no value and no version changes', () => {
    const { selector } = find(variant('everything as a Deployment'), 'Deployment').spec
    assert.deepEqual(selector.matchLabels, {
      'app.kubernetes.io/name': 'rotation',
      'app.kubernetes.io/instance': 'keyrota',
      'app.kubernetes.io/component': 'serve',
    })
  })
})

describe('the config', () => {
  test('is that of the values, with the namespace of the release where there is none', () => {
    const config = configOf(variant('a wide config'), 'keyrota')
    const { database, agents, synced } = wide.consumers
    const here = { namespace: 'keyrota' }
    assert.deepEqual(config, {
      ...wide,
      journal: { type: 'kubernetes' },
      stores: { ...wide.stores, cluster: { type: 'kubernetes-secret', ...here } },
      consumers: {
        ...wide.consumers,
        database: { ...database, ...here },
        agents: { ...agents, ...here },
        synced: { ...synced, ...here },
      },
    })
  })

  test('of observe only looks, whatever a key says', async () => {
    const keys = { loud: { ...wide.keys['renderer-prod'], consumers: [], observe: false } }
    const objects = await helm.render({ config: { ...(one.config as object), keys }, observe: true })
    const config = parse(find(objects, 'ConfigMap').data['keyrota.yaml'])
    assert.equal(config.defaults.observe, true)
    assert.ok(!('observe' in config.keys.loud))
  })

  test('of somebody else is mounted, and the chart makes none', () => {
    const objects = variant('a config of somebody else')
    assert.ok(!kindsOf(objects).includes('ConfigMap'))
    const [pod] = podsOf(find(objects, 'CronJob'))
    assert.equal(pod.volumes[0].configMap.name, 'our-config')
  })
})

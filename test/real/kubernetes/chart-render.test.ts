import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parse } from 'yaml'
import { chart, find, Helm, type Rendered, type Values } from '../../shared/rigs/chart/helm.ts'
import { valuesOfOneKey } from '../../shared/rigs/chart/values.ts'
import { variants, wide } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
const one = valuesOfOneKey()
const rendered = new Map<string, Rendered[]>()

beforeAll(async () => {
  await helm.start()
  for (const [name, values] of Object.entries(variants)) rendered.set(name, await helm.render(values))
})
afterAll(() => helm.stop())

function variant(name: string): Rendered[] {
  return rendered.get(name) ?? assert.fail(`there is no variant ${name}`)
}

/** The pods that an object makes. */
function podsOf(object: Rendered): Rendered['spec'][] {
  if (object.kind === 'CronJob') return [object.spec.jobTemplate.spec.template.spec]
  if (object.kind === 'Deployment') return [object.spec.template.spec]
  return object.kind === 'Pod' ? [object.spec] : []
}

function configOf(objects: readonly Rendered[], name: string): typeof wide {
  return parse(find(objects, 'ConfigMap', name).data['keyrota.yaml'])
}

const kinds = (objects: readonly Rendered[]) => objects.map(({ kind }) => kind)

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
    assert.deepEqual(pod.containers[0].args, ['run', '--wait', '10m'])
  })

  test('takes its times from the values', () => {
    const { spec } = find(variant('a schedule of its own'), 'CronJob', 'keyrota')
    assert.equal(spec.timeZone, 'Europe/Berlin')
    assert.equal(spec.suspend, true)
    assert.equal(spec.jobTemplate.spec.ttlSecondsAfterFinished, 60)
  })

  test('is all that works: no Deployment, Service or disruption budget', () => {
    const found = kinds(variant('a CronJob with one key'))
    assert.deepEqual(
      found.filter((kind) => ['Deployment', 'Service', 'PodDisruptionBudget'].includes(kind)),
      [],
    )
  })
})

describe('a Deployment', () => {
  test('serves, is probed, drains, and is spread', () => {
    const objects = variant('a Deployment with one key')
    assert.ok(!kinds(objects).includes('CronJob'))
    const { spec } = find(objects, 'Deployment', 'keyrota')
    assert.equal(spec.replicas, 2)
    const pod = spec.template.spec
    assert.equal(pod.terminationGracePeriodSeconds, 40)
    const [container] = pod.containers
    assert.deepEqual(container.args, ['serve', '--listen', '0.0.0.0:9464', '--grace', '25s'])
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
    assert.ok(!kinds(variant('a single replica')).includes('PodDisruptionBudget'))
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
  test('is that of the values', () => {
    const config = configOf(variant('a wide config'), 'keyrota')
    const cluster = { cluster: { type: 'kubernetes-secret' } }
    assert.deepEqual(config, {
      ...wide,
      journal: { type: 'kubernetes' },
      stores: { ...wide.stores, ...cluster },
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
    assert.ok(!kinds(objects).includes('ConfigMap'))
    const [pod] = podsOf(find(objects, 'CronJob'))
    assert.equal(pod.volumes[0].configMap.name, 'our-config')
  })
})

describe('an identity for each environment', () => {
  const name = 'an identity for each environment'

  test('has the keys of its environment and what they use', () => {
    const production = configOf(variant(name), 'keyrota-production')
    assert.deepEqual(Object.keys(production.keys), ['renderer-prod', 'shop-prod'])
    assert.deepEqual(Object.keys(production.issuers), ['gateway'])
    assert.deepEqual(Object.keys(production.consumers).sort(), ['database', 'page', 'web'])
    assert.equal(production.installation, 'k7f3')
    const staging = configOf(variant(name), 'keyrota-staging-eu')
    assert.deepEqual(Object.keys(staging.keys), ['renderer-staging'])
    assert.deepEqual(Object.keys(staging.issuers), ['studio'])
    assert.deepEqual(Object.keys(staging.stores), ['cluster'])
  })

  test('mounts a credential only where it is read', () => {
    const volumes = (identity: string) =>
      podsOf(find(variant(name), 'CronJob', identity)).flatMap((pod) =>
        pod.volumes.map((volume: { name: string }) => volume.name),
      )
    assert.deepEqual(volumes('keyrota-production'), [
      'config',
      'credential-elsewhere',
      'credential-gateway',
      'state',
      'tmp',
    ])
    assert.deepEqual(volumes('keyrota-staging-eu'), ['config', 'state', 'tmp'])
  })

  test('grants none of the Secrets of another environment', () => {
    const secretsOf = (account: string) => {
      const bound = variant(name).filter(
        ({ kind, subjects }) => kind === 'RoleBinding' && subjects[0].name === account,
      )
      return bound.flatMap(({ metadata }) =>
        variant(name)
          .filter(
            (role) =>
              role.kind === 'Role' &&
              role.metadata.name === metadata.name &&
              role.metadata.namespace === metadata.namespace,
          )
          .flatMap(({ rules }) => rules)
          .filter((rule) => rule.resources[0] === 'secrets')
          .flatMap((rule) => rule.resourceNames.map((secret: string) => `${metadata.namespace}/${secret}`)),
      )
    }
    assert.deepEqual(secretsOf('keyrota-production').sort(), ['shop/cart', 'web/app'])
    assert.deepEqual(secretsOf('keyrota-staging-eu').sort(), ['keyrota/app', 'keyrota/synced'])
  })

  test('has the name, annotations and labels of its own', () => {
    const objects = variant('Deployments for each environment')
    const { spec } = find(objects, 'Deployment', 'keyrota-staging-eu')
    assert.equal(spec.template.spec.serviceAccountName, 'stage')
    assert.equal(spec.template.metadata.labels.tier, 'low')
    assert.ok(!('tier' in find(objects, 'Deployment', 'keyrota-production').spec.template.metadata.labels))
  })
})

describe('the Roles', () => {
  const rulesIn = (objects: readonly Rendered[], namespace: string) =>
    objects
      .filter((object) => object.kind === 'Role' && object.metadata.namespace === namespace)
      .flatMap(({ rules }) => rules)

  test('are those of the declared keys, by namespace', () => {
    const objects = variant('a wide config')
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
    const named = (apiGroup: string, resource: string, ...resourceNames: string[]) => ({
      ...{ apiGroups: [apiGroup], resources: [resource], resourceNames },
      verbs: ['get', 'patch'],
    })
    assert.deepEqual(rulesIn(objects, 'shop'), [named('', 'secrets', 'cart')])
    assert.deepEqual(rulesIn(objects, 'web'), [
      pods,
      named('', 'secrets', 'app'),
      named('apps', 'deployments', 'web'),
      named('argoproj.io', 'rollouts', 'canary'),
    ])
    const own = rulesIn(objects, 'keyrota').filter(({ apiGroups }) => !/events|keyrota/.test(apiGroups[0]))
    assert.deepEqual(own, [
      pods,
      { ...named('', 'secrets', 'synced'), verbs: ['get'] },
      named('', 'secrets', 'app'),
      named('apps', 'daemonsets', 'agents'),
      named('apps', 'deployments', 'reader'),
      named('apps', 'statefulsets', 'database'),
      named('external-secrets.io', 'externalsecrets', 'synced'),
    ])
    assert.deepEqual(rulesIn(objects, 'far'), [])
  })

  test('for teams name their namespaces, or are of the cluster where there is a pattern, without any Secret', () => {
    const byName = variant('teams by name')
    for (const namespace of ['team-a', 'team-b'])
      assert.deepEqual(
        rulesIn(byName, namespace).map(({ resources }) => resources[0]),
        ['events', 'managedkeys', 'managedkeys/status'],
      )
    const byPattern = variant('teams by pattern')
    const role = find(byPattern, 'ClusterRole', 'keyrota-keyrota-teams')
    assert.deepEqual(role.rules, rulesIn(byName, 'team-a'))
    assert.deepEqual(find(byPattern, 'ClusterRoleBinding').subjects[0].name, 'keyrota')
  })

  test('let view and edit include ManagedKeys, and never their status', () => {
    const objects = variant('a CronJob with one key')
    const edit = find(objects, 'ClusterRole', 'keyrota-keyrota-edit')
    assert.deepEqual(edit.rules[0].resources, ['managedkeys'])
    assert.equal(edit.metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-edit'], 'true')
    assert.equal(edit.metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-view'], undefined)
  })

  test('and token are not there where nothing speaks to the API server', async () => {
    const config = {
      ...{ installation: 'k7f3', issuers: { gateway: { type: 'memory' } }, journal: { type: 'sqlite' } },
      stores: { cluster: null, vault: { type: 'vault' } },
      keys: {
        app: {
          ...wide.keys['renderer-prod'],
          consumers: [],
          targets: [{ store: 'vault', secret: 'a', field: 'b' }],
        },
      },
    }
    const kept = {
      extraVolumes: [{ name: 'kept', persistentVolumeClaim: { claimName: 'kept' } }],
      extraVolumeMounts: [{ name: 'kept', mountPath: '/var/lib/keyrota' }],
    }
    const objects = await helm.render({ config, ...kept })
    assert.deepEqual(
      kinds(objects).filter((kind) => /^Role/.test(kind)),
      [],
    )
    const [pod] = podsOf(find(objects, 'CronJob'))
    assert.equal(pod.automountServiceAccountToken, false)
    assert.equal(find(objects, 'ServiceAccount').automountServiceAccountToken, false)
  })
})

describe('credentials', () => {
  const volumeOf = (name: string, credential: string) =>
    podsOf(find(variant(name), 'CronJob'))[0].volumes.find(
      (volume: { name: string }) => volume.name === `credential-${credential}`,
    )

  test('are files of a Secret, of a CSI driver, or of a Secret that External Secrets keeps', () => {
    assert.deepEqual(volumeOf('a wide config', 'gateway').secret, {
      secretName: 'gateway-admin',
      defaultMode: 0o440,
    })
    assert.deepEqual(volumeOf('a wide config', 'elsewhere').csi.volumeAttributes, {
      secretProviderClass: 'elsewhere',
    })
    const kept = volumeOf('a credential of External Secrets', 'gateway').secret.secretName
    const external = find(variant('a credential of External Secrets'), 'ExternalSecret')
    assert.equal(external.spec.target.name, kept)
    assert.deepEqual(external.spec.data, [
      { secretKey: 'token', remoteRef: { key: 'keyrota/gateway', property: 'token' } },
    ])
  })

  test('are in no environment variable', () => {
    for (const objects of rendered.values())
      for (const pod of objects.flatMap(podsOf))
        assert.doesNotMatch(JSON.stringify(pod.containers[0].env), /valueFrom/)
  })
})

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

  test('renders the objects of the values as templates', () => {
    assert.equal(find(objects(), 'ConfigMap', 'keyrota-more').data.a, 'b')
  })

  test('is named after the release and the chart, unless one has the name of the other', async () => {
    const text = await helm.run(['template', 'blue', chart], one)
    assert.match(text, /name: "blue-keyrota"/)
  })
})

import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { configOf, find, Helm, kindsOf, podsOf, type Rendered } from '../../shared/rigs/chart/helm.ts'
import { renderAll, variants, wide } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
let variant: Awaited<ReturnType<typeof renderAll>>

beforeAll(async () => {
  await helm.start()
  variant = await renderAll(helm)
})
afterAll(() => helm.stop())

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

  test('keeps its records in a namespace of its own, where nobody else may write', () => {
    const objects = variant(name)
    assert.equal(configOf(objects, 'keyrota-production').journal.namespace, 'keyrota-production')
    assert.equal(configOf(objects, 'keyrota-staging-eu').journal.namespace, 'keyrota-staging-eu')
    const writers = objects.filter(
      ({ kind, rules }) => kind === 'Role' && JSON.stringify(rules).includes('managedkeys/status'),
    )
    const places = writers.map(({ metadata }) => `${metadata.namespace}: ${metadata.name}`)
    assert.deepEqual(places.sort(), [
      'keyrota-production: keyrota-production.keyrota',
      'keyrota-staging-eu: keyrota-staging-eu.keyrota',
    ])
    const given = configOf(variant('Deployments for each environment'), 'keyrota-staging-eu')
    assert.equal(given.journal.namespace, 'team-b')
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
    const documents = ['create', 'delete', 'get', 'list', 'patch', 'watch']
    assert.deepEqual(own, [
      { apiGroups: [''], resources: ['configmaps'], verbs: documents },
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

  test('for teams read in the cluster, write in their namespaces, and have no Secret', () => {
    const byName = variant('teams by name')
    const writing = [
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'get', 'patch'] },
      { apiGroups: ['keyrota.dev'], resources: ['managedkeys'], verbs: ['patch'] },
      { apiGroups: ['keyrota.dev'], resources: ['managedkeys/status'], verbs: ['patch'] },
    ]
    const reading = {
      ...{ apiGroups: ['keyrota.dev'], resources: ['managedkeys'], verbs: ['get', 'list', 'watch'] },
    }
    for (const namespace of ['team-a', 'team-b']) assert.deepEqual(rulesIn(byName, namespace), writing)
    assert.deepEqual(find(byName, 'ClusterRole', 'keyrota-keyrota-teams').rules, [reading])
    const byPattern = variant('teams by pattern')
    const { rules } = find(byPattern, 'ClusterRole', 'keyrota-keyrota-teams')
    assert.equal(rules.length, 4)
    assert.deepEqual(
      new Set(rules.map(JSON.stringify)),
      new Set([...writing, reading].map((rule) => JSON.stringify(rule))),
    )
    assert.equal(find(byPattern, 'ClusterRoleBinding').subjects[0].name, 'keyrota')
    assert.equal(configOf(byPattern, 'keyrota').journal.namespaces, 'all')
  })

  test('have no Events where none are written', () => {
    assert.doesNotMatch(JSON.stringify(rulesIn(variant('no Events'), 'keyrota')), /events/)
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
      kindsOf(objects).filter((kind) => /^Role/.test(kind)),
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
    for (const name of Object.keys(variants))
      for (const pod of variant(name).flatMap(podsOf))
        assert.doesNotMatch(JSON.stringify(pod.containers[0].env), /valueFrom/)
  })
})

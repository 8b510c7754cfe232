import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { describeValues } from '../../../.ci/chart/files.ts'
import { Helm, type Values } from '../../shared/rigs/chart/helm.ts'
import { misspellAll } from '../../shared/rigs/chart/misspell.ts'
import { valuesOfOneKey } from '../../shared/rigs/chart/values.ts'
import { wide } from '../../shared/rigs/chart/variants.ts'

const helm = new Helm()
const one = valuesOfOneKey()
const perEnvironment = {
  config: { ...wide, issuers: { gateway: { type: 'memory' }, studio: { type: 'memory' } }, stores: {} },
  identities: 'perEnvironment',
}
const readsGateway = {
  config: {
    ...one.config,
    issuers: {
      gateway: {
        type: 'http',
        auth: { management: { bearer: { file: '/var/run/secrets/keyrota.dev/gateway/token' } } },
      },
    },
  },
}

beforeAll(() => helm.start())
afterAll(() => helm.stop())

describe.concurrent('helm refuses misspelt names', () => {
  test.each(misspellAll(describeValues()).map((it) => [it.place || 'the top level', it] as const))(
    'at %s',
    async (_, { names, values }) => {
      const said = await helm.refusal(values)
      assert.deepEqual(
        names.filter((name) => !said.includes(`'${name}'`)),
        [],
        said,
      )
    },
  )
})

/** Values that do not fit together: what is wrong is named, and what is expected is said. */
const refusals: readonly (readonly [string, Values, RegExp])[] = [
  ['no installation', {}, /config\.installation is missing: write 2 to 8 lower case letters/],
  ['two configs', { ...one, existingConfigMap: 'ours' }, /config and existingConfigMap are both set/],
  [
    'observe with a config of somebody else',
    { existingConfigMap: 'ours', observe: true },
    /set defaults\.observe: true there/,
  ],
  [
    'a journal that ends with the pod',
    { config: { ...one.config, journal: { type: 'sqlite' } } },
    /config\.journal\.type is sqlite: its records would end with the pod\. Use type: kubernetes/,
  ],
  [
    'replicas that do not share a journal',
    {
      config: { ...one.config, journal: { type: 'sqlite' } },
      mode: 'deployment',
      extraVolumeMounts: [{ name: 'kept', mountPath: '/var/lib/keyrota' }],
    },
    /replicas do not share it\. Use type: kubernetes, or deployment\.replicas: 1/,
  ],
  [
    'a deadline before the end of the wait',
    { ...one, cronjob: { wait: '20m', activeDeadlineSeconds: 1319 } },
    /activeDeadlineSeconds is 1319: expected at least 1320/,
  ],
  [
    'a grace of Kubernetes shorter than its own',
    { ...one, mode: 'deployment', deployment: { grace: '1m', terminationGracePeriodSeconds: 64 } },
    /terminationGracePeriodSeconds is 64: expected at least 65/,
  ],
  [
    'a grace shorter than a call',
    { ...one, mode: 'deployment', deployment: { grace: '20s' } },
    /deployment\.grace is 20s: expected more than the longest callLimit, which is 20s/,
  ],
  [
    'a call of a key longer than the grace',
    {
      config: {
        ...one.config,
        keys: {
          slow: {
            ...wide.keys['shop-prod'],
            issuer: 'gateway',
            targets: wide.keys['renderer-staging'].targets,
            callLimit: '1m',
          },
        },
      },
    },
    /cronjob\.terminationGracePeriodSeconds is 60s: expected more than the longest callLimit, which is 1m/,
  ],
  ['monitors of a CronJob', { ...one, metrics: { podMonitor: { enabled: true } } }, /need mode: deployment/],
  [
    'a credential that nothing reads',
    { ...one, credentials: { gateway: { existingSecret: 'a' } } },
    /credentials\.gateway: the config reads no file in/,
  ],
  [
    'a file without a credential',
    readsGateway,
    /the config reads \/var\/run\/secrets\/keyrota\.dev\/gateway\/, but there is no credentials\.gateway/,
  ],
  [
    'a credential from two places',
    { ...readsGateway, credentials: { gateway: { existingSecret: 'a', csi: { secretProviderClass: 'b' } } } },
    /expected one of existingSecret, csi, externalSecret/,
  ],
  [
    'a credential from nowhere',
    { ...readsGateway, credentials: { gateway: {} } },
    /expected one of existingSecret, csi, externalSecret/,
  ],
  [
    'an identity for each environment of an unknown config',
    { existingConfigMap: 'ours', identities: 'perEnvironment' },
    /install one release for each environment/,
  ],
  [
    'one name for several identities',
    { ...perEnvironment, serviceAccount: { name: 'all' } },
    /set environments\.<name>\.serviceAccount\.name/,
  ],
  [
    'rules for all environments',
    {
      ...perEnvironment,
      rbac: {
        rules: [
          { namespace: 'web', rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] },
        ],
      },
    },
    /would give every environment the rights of all/,
  ],
  [
    'an environment that no key has',
    { ...perEnvironment, environments: { prod: {} } },
    /environments\.prod: no key has this environment; expected one of Staging EU, production/,
  ],
  [
    'teams of several identities',
    {
      ...perEnvironment,
      config: {
        ...perEnvironment.config,
        kubernetes: {
          teams: [
            { namespaces: 'team-*', environments: ['production'], issuers: ['gateway'], stores: ['cluster'] },
          ],
        },
      },
    },
    /use identities: shared/,
  ],
  [
    'a shared namespace for the records of all environments',
    { ...perEnvironment, config: { ...perEnvironment.config, journal: { namespace: 'all' } } },
    /set environments\.<name>\.namespace/,
  ],
  [
    'records of two environments in one namespace',
    {
      ...perEnvironment,
      environments: { production: { namespace: 'one' }, 'Staging EU': { namespace: 'one' } },
    },
    /"Staging EU" and "production" both keep their records in the namespace one/,
  ],
  [
    'environments that are not read',
    { ...one, environments: { production: {} } },
    /only read with identities: perEnvironment/,
  ],
  [
    'two environments of one name',
    {
      config: {
        ...perEnvironment.config,
        keys: {
          a: { ...wide.keys['renderer-staging'], consumers: [] },
          b: { ...wide.keys['renderer-staging'], consumers: [], environment: 'staging eu' },
        },
      },
      identities: 'perEnvironment',
    },
    /would both be called staging-eu: rename one of them/,
  ],
  [
    'a name that is too long',
    { ...perEnvironment, fullnameOverride: 'k'.repeat(45) },
    /longer than the 52 characters of a CronJob's name/,
  ],
  [
    'a kind of workload that is none',
    {
      config: {
        ...one.config,
        consumers: { web: { type: 'kubernetes-rollout', kind: 'Job', name: 'web' } },
        keys: { app: { ...wide.keys['renderer-prod'], consumers: ['web'] } },
      },
    },
    /has kind Job; expected one of DaemonSet, Deployment, Rollout, StatefulSet/,
  ],
  [
    'every Secret of a namespace',
    {
      ...one,
      rbac: {
        rules: [{ namespace: 'web', rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] }],
      },
    },
    /name each Secret/,
  ],
]

describe.concurrent('the chart refuses', () => {
  test.each(refusals)('%s', async (_, values, expected) => {
    assert.match(await helm.refusal(values), expected)
  })
})

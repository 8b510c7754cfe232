/* Values that say what Keyrota may do and with which identity. */

import { z } from 'zod'
import {
  cidrs,
  egress,
  label,
  objectName,
  optionalName,
  part,
  passedOnList,
  policyRule,
  ports,
  texts,
} from './shapes.ts'

const serviceAccount = part({
  create: z.boolean().default(true).describe('make the ServiceAccount'),
  name: optionalName.default('').describe('its name; empty: that of the release'),
  annotations: texts
    .default({})
    .describe(
      'workload identity: eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account or azure.workload.identity/client-id',
    ),
  labels: texts.default({}).describe('more labels'),
})

/** One credential comes from one place. */
const credential = z
  .strictObject({
    existingSecret: objectName.optional().describe('name of a Secret of the release namespace'),
    csi: z
      .strictObject({
        secretProviderClass: objectName.describe('name of the SecretProviderClass'),
        driver: z.string().min(1).default('secrets-store.csi.k8s.io').describe('name of the CSI driver'),
      })
      .optional()
      .describe('mounted by the Secrets Store CSI driver; never becomes a Secret'),
    externalSecret: z
      .strictObject({
        store: z.strictObject({
          name: objectName.describe('name of the SecretStore'),
          kind: z.enum(['SecretStore', 'ClusterSecretStore']).default('SecretStore').describe('its kind'),
        }),
        refreshInterval: z.string().min(1).default('15m').describe('how often it is read'),
        data: z
          .record(
            z.string().min(1),
            z.strictObject({ key: z.string().min(1), property: z.string().optional() }),
          )
          .describe('file → key and property in the store'),
      })
      .optional()
      .describe('kept by External Secrets Operator; the chart makes the ExternalSecret'),
  })
  .describe('one of them')

const rbac = part({
  create: z.boolean().default(true).describe('make the Roles and RoleBindings that the declared keys need'),
  aggregate: z
    .boolean()
    .default(true)
    .describe('let the ClusterRoles view and edit include ManagedKeys (never their status)'),
  rules: z
    .array(z.strictObject({ namespace: label, rules: z.array(policyRule).min(1).max(100) }))
    .max(1000)
    .default([])
    .describe(
      'more rules by namespace, e.g. with existingConfigMap; without wildcards, Secrets only by name',
    ),
})

const networkPolicy = part({
  enabled: z.boolean().default(false).describe('allow only the connections below'),
  dns: part({
    namespace: label.default('kube-system').describe('namespace of the DNS pods'),
    podLabels: texts.default({ 'k8s-app': 'kube-dns' }).describe('their labels'),
  }),
  apiServer: part({
    cidrs: cidrs
      .default([])
      .describe(
        'addresses of the API server, e.g. those of `kubectl get endpointslices kubernetes`; empty: any',
      ),
    ports: ports.default([443, 6443]).describe('its ports'),
  }),
  egress: z
    .array(egress)
    .max(100)
    .default([])
    .describe('issuers, stores and services that Keyrota calls')
    .meta({ examples: [[{ cidr: '203.0.113.0/24', ports: [443] }]] }),
  metricsFrom: passedOnList.default([]).describe('peers that may scrape the metrics; empty: any'),
})

/** Fields of the top level, in the order of values.yaml. */
export const accessValues = {
  credentials: z
    .record(label, credential)
    .default({})
    .describe(
      'tokens of issuers and stores, as files in /var/run/secrets/keyrota.dev/<name>/; nothing else takes one',
    )
    .meta({ examples: [{ gateway: { existingSecret: 'gateway-admin' } }] }),
  identities: z
    .enum(['shared', 'perEnvironment'])
    .default('shared')
    .describe(
      '`perEnvironment`: a ServiceAccount, config, Roles and workload of its own for each environment of the keys',
    ),
  environments: z
    .record(
      z.string().min(1).max(100),
      z.strictObject({
        namespace: label
          .optional()
          .describe(
            'namespace of its ManagedKeys, which has to exist; that of the release and its name if not set',
          ),
        serviceAccount: z
          .strictObject({ name: objectName.optional(), annotations: texts.optional() })
          .optional()
          .describe('its ServiceAccount'),
        podLabels: texts.optional().describe('more labels of its pods'),
      }),
    )
    .default({})
    .describe('with `perEnvironment`: what differs, by the name of the environment')
    .meta({
      examples: [
        { production: { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:…' } } } },
      ],
    }),
  serviceAccount,
  rbac,
  crds: part({
    enabled: z.boolean().default(true).describe('install the CRD; only one release of a cluster does'),
    keep: z
      .boolean()
      .default(true)
      .describe('keep it, and with it every record, when the release is uninstalled'),
  }),
  networkPolicy,
}

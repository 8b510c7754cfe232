/** The CustomResourceDefinition of ManagedKey, from the schema of a key of the config and that of the journal's status. */
import { stringify } from 'yaml'
import { managedKeyStatus } from '../providers/journals/kubernetes/status-schema.ts'
import { managedKeySpecSchema } from '../src/config/schema/managed-key-spec.ts'
import { makeStructural, type Rule, type Structural } from './structural-schema.ts'

const group = 'keyrota.dev'

/** What `check` says of several fields at once, where the object alone shows it. */
const targetRules: readonly Rule[] = [
  { rule: '!(has(self.field) && has(self.fields))', message: 'expected `field` or `fields`, not both' },
  {
    rule: '!(has(self.template) && has(self.fields))',
    message: '`template` cannot be combined with `fields`',
  },
]

/** Columns of `kubectl get managedkeys`; those with priority 1 only with `-o wide`. The name of the key comes by itself. */
const columns = [
  { name: 'State', type: 'string', jsonPath: '.status.state' },
  { name: 'Fingerprint', type: 'string', jsonPath: '.status.fingerprint' },
  { name: 'Age', type: 'date', jsonPath: '.status.currentSince', description: 'age of the key in use' },
  {
    name: 'Next',
    type: 'string',
    jsonPath: '.status.nextRotationTime',
    description: 'when the next rotation may start',
  },
  { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
  { name: 'Issuer', type: 'string', jsonPath: '.spec.issuer', priority: 1 },
  { name: 'Targets', type: 'string', jsonPath: '.spec.targets[*].secret', priority: 1 },
  { name: 'Last end', type: 'string', jsonPath: '.status.lastRotation.end', priority: 1 },
]

export function makeCustomResource(): string {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `managedkeys.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: 'ManagedKey',
        listKind: 'ManagedKeyList',
        plural: 'managedkeys',
        singular: 'managedkey',
        shortNames: ['mkey'],
        categories: ['keyrota'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: makeSchema() },
        },
      ],
    },
  }
  const head = '# Made by `npm run generate`; change the schemas that it is made from.\n'
  return head + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false })
}

function makeSchema(): Structural {
  const spec = makeStructural(managedKeySpecSchema)
  spec.description = 'The key as it is wanted. A key of the config has the fields that it has there.'
  const target = spec.properties?.targets?.items
  if (!target) throw new TypeError('the spec has no targets')
  target['x-kubernetes-validations'] = [...targetRules]
  const status = makeStructural(managedKeyStatus)
  dropRequired(status)
  status.description = 'What Keyrota found and did. Written by Keyrota alone.'
  const conditions = status.properties?.conditions
  if (conditions?.items) conditions.items.required = ['type']
  if (conditions)
    Object.assign(conditions, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  return {
    description: 'An API key that Keyrota rotates: created at an issuer, kept in targets, used by workloads.',
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status,
    },
  }
}

/** A field that a later Keyrota no longer writes must not make its status invalid where the CRD is older. */
function dropRequired(schema: Structural): void {
  delete schema.required
  const inner = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})]
  for (const part of inner) if (part) dropRequired(part)
}

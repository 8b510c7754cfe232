/* Kinds of other operators, with the fields that the chart sets and no others, so that the API server refuses a misspelt one. */

const text = { type: 'string' }
const texts = { type: 'object', additionalProperties: text }
const list = (items: object) => ({ type: 'array', items })
const map = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
})

const selector = map({ matchLabels: texts })
const relabeling = map({
  action: { type: 'string', enum: ['replace', 'keep', 'drop', 'labelmap', 'labeldrop', 'labelkeep'] },
  regex: text,
  sourceLabels: list(text),
  targetLabel: text,
  replacement: text,
  separator: text,
})
const duration = { type: 'string', pattern: '^([0-9]+(ms|[smhdwy]))+$' }
const endpoint = map({
  port: text,
  path: text,
  interval: duration,
  scrapeTimeout: duration,
  relabelings: list(relabeling),
  metricRelabelings: list(relabeling),
})
const shared = { selector, namespaceSelector: map({ matchNames: list(text) }) }
const rule = map(
  {
    alert: text,
    record: text,
    expr: text,
    for: duration,
    keep_firing_for: duration,
    labels: texts,
    annotations: texts,
  },
  ['expr'],
)
const group = map({ name: text, interval: duration, rules: list(rule) }, ['name'])

const externalSecret = map({
  refreshInterval: text,
  secretStoreRef: map({ name: text, kind: { type: 'string', enum: ['SecretStore', 'ClusterSecretStore'] } }),
  target: map({ name: text }),
  data: list(
    map({ secretKey: text, remoteRef: map({ key: text, property: text }, ['key']) }, [
      'secretKey',
      'remoteRef',
    ]),
  ),
})

function define(group: string, version: string, kind: string, plural: string, spec: object) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: map({ spec }, ['spec']) } },
      ],
    },
  }
}

export const foreignKinds = [
  define(
    'monitoring.coreos.com',
    'v1',
    'ServiceMonitor',
    'servicemonitors',
    map({ ...shared, endpoints: list(endpoint) }, ['selector', 'endpoints']),
  ),
  define(
    'monitoring.coreos.com',
    'v1',
    'PodMonitor',
    'podmonitors',
    map({ ...shared, podMetricsEndpoints: list(endpoint) }, ['selector']),
  ),
  define('monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules', map({ groups: list(group) })),
  define('external-secrets.io', 'v1', 'ExternalSecret', 'externalsecrets', externalSecret),
]

export const foreignNames = foreignKinds.map(({ metadata }) => metadata.name)

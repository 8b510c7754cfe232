/* Roles and RoleBindings as YAML, from the rules that the providers of a config need. */

import type { ClusterRule, PolicyRole } from '../contracts/provider-entry.ts'

/** The namespace that only the kubeconfig or the pod knows. */
const unknown = ''

/** One Role and its RoleBinding for each namespace of each cluster; a person fills in the service account. */
export function describeRoles(rules: readonly ClusterRule[], role: PolicyRole): string {
  const places = Map.groupBy(rules, ({ cluster, namespace }) => JSON.stringify([cluster, namespace]))
  const clusters = new Set(rules.map(({ cluster }) => cluster))
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, own]) => {
      const [cluster, namespace] = JSON.parse(place) as [string, string]
      const head = clusters.size > 1 ? `# cluster: ${cluster === '' ? 'that of the pod' : cluster}\n` : ''
      return head + describeRole(namespace, mergeRules(own), role)
    })
    .join('---\n')
}

/** Rules that differ in their names alone are one. */
function mergeRules(rules: readonly ClusterRule[]): ClusterRule[] {
  const alike = Map.groupBy(rules, ({ group, resource, names, verbs }) =>
    JSON.stringify([group, resource, names !== undefined, [...verbs].sort()]),
  )
  return [...alike.values()]
    .flatMap((same) => {
      const [first] = same
      if (first === undefined) return []
      const names = [...new Set(same.flatMap((rule) => rule.names ?? []))].sort()
      return [first.names === undefined ? first : { ...first, names }]
    })
    .sort((a, b) => (`${a.group} ${a.resource}` < `${b.group} ${b.resource}` ? -1 : 1))
}

/** Names are quoted, since one of digits alone would be a number. */
function describeRole(namespace: string, rules: readonly ClusterRule[], role: PolicyRole): string {
  const isKeyrota = role === 'keyrota'
  const name = isKeyrota ? 'keyrota' : 'keyrota-reader'
  const account = isKeyrota ? 'keyrota' : 'the-service-account-of-the-workload'
  const workload = namespace === unknown ? 'the-namespace-of-the-workload' : JSON.stringify(namespace)
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
${placeIn(namespace)}
rules:
${rules.map(describeRule).join('')}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ${name}
${placeIn(namespace)}
subjects:
  - kind: ServiceAccount
    name: ${account}
    namespace: ${isKeyrota ? 'keyrota' : workload}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${name}
`
}

function describeRule({ group, resource, names, verbs }: ClusterRule): string {
  const limited =
    names === undefined ? '' : `    resourceNames: [${names.map((one) => JSON.stringify(one)).join(', ')}]\n`
  return `  - apiGroups: [${JSON.stringify(group)}]
    resources: [${resource}]
${limited}    verbs: [${verbs.join(', ')}]
`
}

/** kubectl creates an object without a namespace by the same rule by which a provider finds its namespace. */
function placeIn(namespace: string): string {
  return namespace === unknown
    ? "  # namespace: that of the kubeconfig's context or of the pod"
    : `  namespace: ${JSON.stringify(namespace)}`
}

import type { PolicyRequest, PolicyRole } from '../../../src/contracts/provider-entry.ts'

/** The namespace that only the kubeconfig or the pod knows. */
const unknown = ''

/** Role and RoleBinding for each namespace, as YAML documents; a person fills in the service account. */
export function permissions({
  options,
  addresses,
  role,
}: PolicyRequest<{ namespace?: string | undefined }>): string {
  const names = new Map<string, Set<string>>()
  for (const { secret } of addresses) {
    const slash = secret.indexOf('/')
    const namespace = slash < 0 ? (options.namespace ?? unknown) : secret.slice(0, slash)
    names.set(namespace, (names.get(namespace) ?? new Set()).add(secret.slice(slash + 1)))
  }
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, secrets]) => describeRole(namespace, [...secrets].sort(), role))
    .join('---\n')
}

/** kubectl creates an object without a namespace by the same rule by which the store finds its namespace. */
function placeIn(namespace: string): string {
  return namespace === unknown
    ? "  # namespace: that of the kubeconfig's context or of the pod"
    : `  namespace: ${JSON.stringify(namespace)}`
}

/** Names are quoted, since one of digits alone would be a number. */
function describeRole(namespace: string, secrets: readonly string[], role: PolicyRole): string {
  const isKeyrota = role === 'keyrota'
  const name = isKeyrota ? 'keyrota-secrets' : 'keyrota-secrets-reader'
  const verbs = isKeyrota ? '[get, patch]' : '[get]'
  const account = isKeyrota ? 'keyrota' : 'the-service-account-of-the-workload'
  const workload = namespace === unknown ? 'the-namespace-of-the-workload' : JSON.stringify(namespace)
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
${placeIn(namespace)}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [${secrets.map((secret) => JSON.stringify(secret)).join(', ')}]
    verbs: ${verbs}
---
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

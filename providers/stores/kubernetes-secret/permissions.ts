import type { PolicyRequest, PolicyRole } from '../../../src/contracts/provider-entry.ts'

/** Role and RoleBinding for each namespace, as YAML documents; whose service account it is is for people to name. */
export function permissions({ options, addresses, role }: PolicyRequest<{ namespace: string }>): string {
  const names = new Map<string, Set<string>>()
  for (const { secret } of addresses) {
    const slash = secret.indexOf('/')
    const namespace = slash < 0 ? options.namespace : secret.slice(0, slash)
    names.set(namespace, (names.get(namespace) ?? new Set()).add(secret.slice(slash + 1)))
  }
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, secrets]) => describeRole(namespace, [...secrets].sort(), role))
    .join('---\n')
}

/** Names are quoted, since one of digits alone would be a number. */
function describeRole(namespace: string, secrets: readonly string[], role: PolicyRole): string {
  const isKeyrota = role === 'keyrota'
  const name = isKeyrota ? 'keyrota-secrets' : 'keyrota-secrets-reader'
  const verbs = isKeyrota ? '[get, patch]' : '[get]'
  const account = isKeyrota ? 'keyrota' : 'the-service-account-of-the-workload'
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
  namespace: ${JSON.stringify(namespace)}
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
  namespace: ${JSON.stringify(namespace)}
subjects:
  - kind: ServiceAccount
    name: ${account}
    namespace: ${isKeyrota ? 'keyrota' : JSON.stringify(namespace)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${name}
`
}

import type { V1ManagedFieldsEntry, V1Secret } from '@kubernetes/client-node'

/** Somebody else who writes a Secret, and what to rotate instead. */
export interface Writer {
  who: string
  target: string
}

/** What the writers leave on a Secret of theirs: labels and annotations, `name` or `name=value`. */
interface Signs {
  who: string
  target: string
  /** Kinds of the objects that own its Secrets. */
  kinds?: readonly string[]
  marks?: readonly string[]
  /** How its field manager is named. */
  manager?: RegExp
}

const argoManager = /^argocd-(application-)?controller$/

/** Read from the sources and documents of these projects. */
const known: readonly Signs[] = [
  {
    who: 'External Secrets Operator',
    target: 'the store that the ExternalSecret reads',
    kinds: ['ExternalSecret', 'ClusterExternalSecret'],
    marks: [
      'reconcile.external-secrets.io/managed=true',
      'reconcile.external-secrets.io/created-by',
      'reconcile.external-secrets.io/data-hash',
    ],
    manager: /^externalsecrets\.external-secrets\.io\//,
  },
  {
    who: 'Sealed Secrets',
    target: 'the SealedSecret in git, which has to be resealed (Keyrota cannot do that), or a plain Secret',
    kinds: ['SealedSecret'],
    marks: ['sealedsecrets.bitnami.com/managed=true', 'sealedsecrets.bitnami.com/patch=true'],
  },
  {
    who: 'Vault Secrets Operator',
    target: 'the Vault path that the VaultStaticSecret names',
    kinds: ['VaultStaticSecret', 'VaultDynamicSecret', 'VaultPKISecret', 'HCPVaultSecretsApp', 'CSISecrets'],
    marks: ['app.kubernetes.io/managed-by=hashicorp-vso', 'secrets.hashicorp.com/vso-ownerRefUID'],
    manager: /^vault-secrets-operator/,
  },
  {
    who: 'the Secrets Store CSI driver',
    target: 'the store that the SecretProviderClass names',
    marks: ['secrets-store.csi.k8s.io/managed=true'],
  },
  {
    who: 'cert-manager',
    target: 'the Certificate, which cert-manager renews by itself,',
    kinds: ['Certificate'],
    marks: ['cert-manager.io/certificate-name'],
  },
  {
    who: 'Reflector',
    target: 'the Secret that it copies',
    marks: ['reflector.v1.k8s.emberstack.com/reflects'],
  },
  {
    who: 'Kubernetes Replicator',
    target: 'the Secret that it copies',
    marks: ['replicator.v1.mittwald.de/replicate-from', 'replicator.v1.mittwald.de/replicated-from-version'],
  },
  {
    who: 'the 1Password operator',
    target: 'the item in 1Password',
    kinds: ['OnePasswordItem'],
    marks: ['operator.1password.io/item-path'],
  },
  {
    who: 'Flux',
    target: 'the place that the manifest takes the value from, or remove the field from git,',
    manager: /^kustomize-controller$/,
  },
  {
    who: 'Flux (helm-controller)',
    target: 'the place that the chart takes the value from, or remove the field from the chart,',
    manager: /^helm-controller$/,
  },
  {
    who: 'Argo CD',
    target: 'the place that the manifest takes the value from, or remove the field from git,',
    manager: argoManager,
  },
]

/** Who else writes this Secret: its controller, or the owner of one of our fields. */
export function findWriter(secret: V1Secret, fields: readonly string[]): Writer | undefined {
  const owners = secret.metadata?.ownerReferences ?? []
  for (const { kind, name, controller } of owners) {
    const signs = known.find(({ kinds }) => kinds?.includes(kind))
    if (signs) return { who: `${signs.who} (${kind} ${name})`, target: signs.target }
    if (controller === true)
      return { who: `the controller of ${kind} ${name}`, target: `what ${kind} ${name} takes the value from` }
  }
  const marks = [secret.metadata?.labels ?? {}, secret.metadata?.annotations ?? {}]
    .flatMap((map) => Object.entries(map))
    .flatMap(([name, value]) => [name, `${name}=${value}`])
  const managers = findManagers(secret, fields)
  return known.find(
    (signs) =>
      signs.marks?.some((mark) => marks.includes(mark)) ||
      managers.some((manager) => signs.manager?.test(manager)),
  )
}

/** Managers that own one of these fields (server-side apply keeps them for every kind of write). */
function findManagers(secret: V1Secret, fields: readonly string[]): string[] {
  return findOwners(secret, fields).flatMap(({ manager }) => manager ?? [])
}

function findOwners({ metadata }: V1Secret, fields: readonly string[]): V1ManagedFieldsEntry[] {
  return (metadata?.managedFields ?? []).filter(({ fieldsV1 }) => {
    const data = (fieldsV1 as Record<string, object> | undefined)?.['f:data'] ?? {}
    return fields.some((field) => Object.hasOwn(data, `f:${field}`))
  })
}

/** Which manager of these fields wrote last; a manager chooses its own name, so only a plain one is returned. */
export function findLastWriter(secret: V1Secret, fields: readonly string[]): string | undefined {
  const [last] = findOwners(secret, fields).toSorted((a, b) => Number(b.time ?? 0) - Number(a.time ?? 0))
  return /^[\w./-]{1,128}$/.test(last?.manager ?? '') ? last?.manager : undefined
}

/**
 * Whether Argo CD tracks this Secret. Helm and people set the label of an instance too, so it counts only on what Argo
 * has written.
 */
export function isTrackedByArgo({ metadata }: V1Secret): boolean {
  const names = Object.keys({ ...metadata?.annotations, ...metadata?.labels })
  if (names.some((name) => name.startsWith('argocd.argoproj.io/'))) return true
  const wroteIt = metadata?.managedFields?.some(({ manager }) => argoManager.test(manager ?? '')) ?? false
  return wroteIt && names.includes('app.kubernetes.io/instance')
}

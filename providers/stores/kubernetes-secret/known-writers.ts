/* What the programs that write Secrets leave on them, read from their sources and documents. */

/** How one writer is recognized, and what to rotate instead. */
export interface Signs {
  readonly who: string
  /** Completes "Target … instead." */
  readonly target: string
  /** Kinds of the objects that own its Secrets. */
  readonly kinds?: readonly string[]
  /** Labels and annotations: `name`, `name=value`, or a prefix that ends in `/`. */
  readonly marks?: readonly string[]
  /** Fields that it keeps beside ours. */
  readonly fields?: readonly string[]
  /** How its field manager is named. It writes our fields only while they belong to it. */
  readonly manager?: RegExp
}

export const argoManager = /^argocd-(application-)?controller$/
const fromGit = 'the place that the manifest takes the value from, or remove the field from git,'
const copied = 'the Secret that it copies'

/** Operators that bring a value from a store elsewhere. */
const syncing: readonly Signs[] = [
  {
    who: 'External Secrets Operator',
    target: 'the store that the ExternalSecret reads',
    kinds: ['ExternalSecret', 'ClusterExternalSecret'],
    marks: ['reconcile.external-secrets.io/'],
    manager: /^externalsecrets\.external-secrets\.io\//,
  },
  {
    who: 'the Infisical operator',
    target: 'the secret in Infisical that the InfisicalSecret names',
    kinds: ['InfisicalSecret', 'InfisicalDynamicSecret'],
    marks: ['secrets.infisical.com/'],
    manager: /infisical/i,
  },
  {
    who: 'the Doppler operator',
    target: 'the config in Doppler that the DopplerSecret names',
    kinds: ['DopplerSecret'],
    marks: ['secrets.doppler.com/'],
    manager: /doppler/i,
  },
  {
    who: 'Vault Secrets Operator',
    target: 'the Vault path that the VaultStaticSecret names',
    kinds: ['VaultStaticSecret', 'VaultDynamicSecret', 'VaultPKISecret', 'HCPVaultSecretsApp', 'CSISecrets'],
    marks: ['app.kubernetes.io/managed-by=hashicorp-vso', 'secrets.hashicorp.com/'],
    manager: /^vault-secrets-operator/,
  },
  {
    who: 'a Vault operator',
    target: 'the Vault path that the VaultSecret names',
    kinds: ['VaultSecret'],
    marks: ['created-by=vault-secrets-operator'],
  },
  {
    who: 'the Bank-Vaults webhook',
    target: 'the Vault path that the manifest names',
    marks: ['vault.security.banzaicloud.io/', 'secrets-webhook.security.bank-vaults.io/'],
  },
  {
    who: 'the Secrets Store CSI driver',
    target: 'the store that the SecretProviderClass names',
    kinds: ['SecretSync'],
    marks: ['secrets-store.csi.k8s.io/managed=true', 'secrets-store.sync.x-k8s.io/'],
    manager: /^secrets-store/,
  },
  {
    who: 'the 1Password operator',
    target: 'the item in 1Password',
    kinds: ['OnePasswordItem'],
    marks: ['operator.1password.io/'],
  },
  {
    who: 'the Bitwarden operator',
    target: 'the secret in Bitwarden',
    kinds: ['BitwardenSecret'],
    marks: ['k8s.bitwarden.com/'],
  },
  {
    who: 'Akeyless',
    target: 'the item in Akeyless',
    kinds: ['AkeylessSecret'],
    marks: ['akeyless/', 'akeyless.io/'],
  },
  {
    who: 'the Conjur secrets provider',
    target: 'the variable in Conjur',
    marks: ['conjur.org/'],
    fields: ['conjur-map'],
  },
  {
    who: 'the Delinea injector',
    target: 'the secret in Delinea',
    marks: ['dsv.delinea.com/', 'dsv.thycotic.com/'],
  },
  {
    who: 'the Phase operator',
    target: 'the secret in Phase',
    kinds: ['PhaseSecret'],
    marks: ['secrets.phase.dev/'],
  },
  {
    who: 'akv2k8s',
    target: 'the secret in Azure Key Vault',
    kinds: ['AzureKeyVaultSecret'],
    marks: ['spv.no/', 'akv2k8s.io/'],
  },
]

/** Programs that decrypt, make or copy Secrets. */
const making: readonly Signs[] = [
  {
    who: 'Sealed Secrets',
    target: 'the SealedSecret in git, which has to be resealed (Keyrota cannot do that), or a plain Secret',
    kinds: ['SealedSecret'],
    marks: ['sealedsecrets.bitnami.com/managed=true', 'sealedsecrets.bitnami.com/patch=true'],
  },
  {
    who: 'a SOPS operator',
    target:
      'the encrypted file in git, which has to be encrypted again (Keyrota cannot do that), or a plain Secret',
    kinds: ['SopsSecret'],
    marks: ['sopssecret/', 'isindir.github.com/'],
  },
  { who: 'Kamus', target: 'the KamusSecret in git, or a plain Secret', kinds: ['KamusSecret'] },
  {
    who: 'cert-manager',
    target: 'the Certificate, which cert-manager renews by itself,',
    kinds: ['Certificate'],
    marks: ['cert-manager.io/'],
    manager: /^cert-manager/,
  },
  { who: "OpenShift's service CA", target: 'another Secret', marks: ['service.beta.openshift.io/'] },
  {
    who: 'the secret generator',
    target: 'a Secret that it does not fill',
    marks: ['secret-generator.v1.mittwald.de/'],
  },
  {
    who: 'Carvel secretgen',
    target: 'what the SecretTemplate takes the value from',
    kinds: ['SecretTemplate', 'SecretImport', 'Password'],
    marks: ['secretgen.carvel.dev/'],
  },
  {
    who: 'Reflector',
    target: copied,
    marks: ['reflects', 'auto-reflects', 'reflected-version'].map(
      (name) => `reflector.v1.k8s.emberstack.com/${name}`,
    ),
  },
  {
    who: 'Kubernetes Replicator',
    target: copied,
    marks: ['replicate-from', 'replicated-from-version', 'replicated-at'].map(
      (name) => `replicator.v1.mittwald.de/${name}`,
    ),
  },
  {
    who: 'Config Syncer (kubed)',
    target: copied,
    marks: ['kubed.appscode.com/origin', 'kubed.appscode.com/origin.name'],
  },
  {
    who: 'ClusterSecret',
    target: 'the ClusterSecret',
    kinds: ['ClusterSecret'],
    marks: ['clustersecret.io/'],
  },
  { who: 'Kyverno', target: copied, marks: ['generate.kyverno.io/', 'app.kubernetes.io/managed-by=kyverno'] },
  { who: 'Hierarchical Namespaces', target: copied, marks: ['hnc.x-k8s.io/inherited-from'] },
  { who: 'Capsule', target: copied, marks: ['capsule.clastix.io/resources'] },
]

/** Programs that keep an object as a manifest has it: only the fields that the manifest has. */
const applying: readonly Signs[] = [
  { who: 'Flux', target: fromGit, manager: /^kustomize-controller$/ },
  {
    who: 'Flux (helm-controller)',
    target: 'the place that the chart takes the value from, or remove the field from the chart,',
    manager: /^helm-controller$/,
  },
  { who: 'Argo CD', target: fromGit, manager: argoManager },
  { who: 'Config Sync', target: fromGit, manager: /^configsync/ },
  { who: 'Rancher Fleet', target: fromGit, manager: /^fleet-?agent/ },
  {
    who: 'the addon manager',
    target: 'a Secret of its own',
    marks: ['addonmanager.kubernetes.io/mode=Reconcile'],
  },
  {
    who: 'Terraform',
    target:
      'the place that Terraform takes the value from, or a Secret that Terraform does not fill (`ignore_changes = [data]`),',
    manager: /^(HashiCorp|Terraform)/i,
  },
  {
    who: 'Pulumi',
    target:
      'the place that Pulumi takes the value from, or a Secret that Pulumi does not fill (`ignoreChanges`),',
    manager: /^pulumi/i,
  },
  {
    who: 'Helm',
    target: 'a Secret of its own, which the chart only names (often `existingSecret`),',
    manager: /^helm$/i,
  },
]

export const knownWriters: readonly Signs[] = [...syncing, ...making, ...applying]

/** Marks of a Secret that is copied to other places, whose readers get a new value later. */
export const copyMarks: Readonly<Record<string, string>> = {
  'reflector.v1.k8s.emberstack.com/reflection-allowed': 'Reflector',
  'replicator.v1.mittwald.de/replicate-to': 'Kubernetes Replicator',
  'replicator.v1.mittwald.de/replicate-to-matching': 'Kubernetes Replicator',
  'replicator.v1.mittwald.de/replication-allowed': 'Kubernetes Replicator',
  'kubed.appscode.com/sync': 'Config Syncer (kubed)',
}

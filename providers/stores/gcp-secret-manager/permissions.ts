import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { resourceOf } from './names.ts'

/** Every permission that Keyrota uses; each is named by the error that a lack of it ends in. */
const writerPermissions = [
  'secretmanager.secrets.get',
  'secretmanager.versions.access',
  'secretmanager.versions.add',
  'secretmanager.versions.destroy',
  'secretmanager.versions.list',
]

const readerPermissions = ['secretmanager.versions.access']

/**
 * The least role and its bindings for these secrets, as JSON: `role` is what `gcloud iam roles create … --file` takes
 * (JSON is YAML), once for each of `roleNames`, since a role of a project can be granted in that project alone; and each
 * of `bindings` belongs into the IAM policy of its resource. The member is to be filled in.
 */
export function permissions(input: {
  options: unknown
  addresses: readonly SecretAddress[]
  role: 'keyrota' | 'reader'
}): string {
  const options = input.options as { project: string; location?: string }
  const isReader = input.role === 'reader'
  const resources = input.addresses.map(({ secret }) => resourceOf(secret, options) ?? secret)
  const members = [isReader ? 'serviceAccount:WORKLOAD_ACCOUNT' : 'serviceAccount:KEYROTA_ACCOUNT']
  const role = {
    title: isReader ? 'Keyrota reader' : 'Keyrota',
    description: isReader ? 'Reads keys that Keyrota rotates' : 'Rotates keys in Secret Manager',
    stage: 'GA',
    includedPermissions: isReader ? readerPermissions : writerPermissions,
  }
  const bindings = [...new Set(resources)].sort().map((resource) => {
    const [, project] = resource.split('/')
    return { resource, role: `projects/${project}/roles/${isReader ? 'keyrotaReader' : 'keyrota'}`, members }
  })
  const roleNames = [...new Set(bindings.map((binding) => binding.role))]
  return JSON.stringify({ roleNames, role, bindings }, null, 2)
}

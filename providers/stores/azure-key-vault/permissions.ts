import type { PolicyRequest, PolicyRole } from '../../../src/contracts/provider-entry.ts'

/** Data actions of Key Vault's role model (https://learn.microsoft.com/azure/role-based-access-control/permissions/security). */
export const DATA_ACTIONS = {
  get: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  list: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  set: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  update: 'Microsoft.KeyVault/vaults/secrets/update/action',
} as const

/** A custom role and its assignments, each to one secret, as JSON; what is in angle brackets is for people to fill in. */
export function permissions({ options, addresses, role }: PolicyRequest<{ vault: string }>): string {
  const [vault] = new URL(options.vault).hostname.split('.')
  const scope = `/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/${vault}`
  const roleDefinition = describeRole(role)
  const secrets = [...new Set(addresses.map(({ secret }) => secret.toLowerCase()))].sort()
  const roleAssignments = secrets.map((secret) => ({
    scope: `${scope}/secrets/${secret}`,
    role: roleDefinition.Name,
    assignee:
      role === 'keyrota'
        ? '<object id of the identity of Keyrota>'
        : '<object id of the identity of the workload>',
  }))
  return `${JSON.stringify({ roleDefinition, roleAssignments }, null, 2)}\n`
}

function describeRole(role: PolicyRole) {
  const isKeyrota = role === 'keyrota'
  return {
    Name: isKeyrota ? 'Keyrota secrets' : 'Keyrota secrets reader',
    IsCustom: true,
    Description: isKeyrota
      ? 'Reads, replaces and retires the values of secrets'
      : 'Reads the values of secrets',
    Actions: [],
    NotActions: [],
    DataActions: isKeyrota ? Object.values(DATA_ACTIONS) : [DATA_ACTIONS.get],
    NotDataActions: [],
    AssignableScopes: ['/subscriptions/<subscription>'],
  }
}

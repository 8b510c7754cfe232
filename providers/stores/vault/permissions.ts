import type { PolicyRequest } from '../../../src/contracts/provider-entry.ts'
import { findNamespaces, type Namespaces } from './namespaces.ts'

/** What of the options a policy depends on. */
interface Place {
  mount: string
  namespace?: string | undefined
  auth: { namespace?: string | undefined }
}

/** The least policy in HCL: one that reads and writes exactly these paths, or only reads them. */
export function permissions({ options, addresses, role }: PolicyRequest<Place>): string {
  const namespaces = findNamespaces(options)
  const prefix = namespaces.policyPrefix ?? ''
  const who = role === 'keyrota' ? 'Keyrota: reads, replaces and retires' : 'The workload: reads'
  const lines = [`# ${who} these secrets${describePlace(namespaces)}.`]
  for (const secret of [...new Set(addresses.map((address) => address.secret))].sort()) {
    lines.push(
      ...grant(
        `${prefix}${options.mount}/data/${secret}`,
        role === 'keyrota' ? ['read', 'update'] : ['read'],
      ),
    )
    if (role === 'keyrota') lines.push(...grant(`${prefix}${options.mount}/destroy/${secret}`, ['update']))
  }
  return `${lines.join('\n')}\n`
}

function describePlace({ mount, auth, policyPrefix }: Namespaces): string {
  if (mount === undefined && auth === undefined) return ''
  if (policyPrefix !== undefined) return ` (write it in the namespace ${auth ?? 'root'})`
  return ` (write it in the namespace ${mount ?? 'root'}, for a group that has the token's identity as a member)`
}

function grant(path: string, capabilities: readonly string[]): string[] {
  return [
    `path ${quote(path)} {`,
    `  capabilities = [${capabilities.map((capability) => `"${capability}"`).join(', ')}]`,
    '}',
  ]
}

/** A string of HCL, in which `${` and `%{` would begin a template. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (start) => `${start.charAt(0)}${start}`)
}

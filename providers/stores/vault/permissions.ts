import type { PolicyRequest } from '../../../src/contracts/provider-entry.ts'

/** What of the options a policy depends on. */
interface Place {
  mount: string
  namespace?: string | undefined
}

/** The least policy in HCL: one that reads and writes exactly these paths, or only reads them. */
export function permissions({ options, addresses, role }: PolicyRequest<Place>): string {
  const place = options.namespace === undefined ? '' : ` (write it in the namespace ${options.namespace})`
  const who = role === 'keyrota' ? 'Keyrota: reads, replaces and retires' : 'The workload: reads'
  const lines = [`# ${who} these secrets${place}.`]
  for (const secret of [...new Set(addresses.map((address) => address.secret))].sort()) {
    lines.push(
      ...grant(`${options.mount}/data/${secret}`, role === 'keyrota' ? ['read', 'update'] : ['read']),
    )
    if (role === 'keyrota') lines.push(...grant(`${options.mount}/destroy/${secret}`, ['update']))
  }
  return `${lines.join('\n')}\n`
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

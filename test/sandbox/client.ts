import type { Sandbox, SandboxOptions } from '../../src/sandbox/gateway.ts'
import { startSandbox } from '../../src/sandbox/gateway.ts'

export const VALID_BODY = { prompt: 'a paper boat on a river' }
const INVALID_BODY = { prompt: 0 }

const open: Sandbox[] = []

/** Starts a sandbox that `closeAll` stops. */
export async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options)
  open.push(sandbox)
  return sandbox
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()))
}

/** Calls the generation API and returns the status. */
export async function generate(
  sandbox: Sandbox,
  key: string,
  body: unknown = INVALID_BODY,
  model = 'google/veo-3.1',
): Promise<number> {
  const response = await fetch(`${sandbox.url}/api/v1/generation/${model}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return response.status
}

/** Calls the key API with the management token. */
export function manage(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sandbox.url}/v1/keys${path}`, {
    method,
    headers: { authorization: `Bearer ${sandbox.managementToken}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

export interface MadeKey {
  id: string
  key: string
  name: string
  scope: string
  created_at: string
  expires_at: string | null
}

export async function makeKey(sandbox: Sandbox, name: string): Promise<MadeKey> {
  return (await (await manage(sandbox, 'POST', '', { name })).json()) as MadeKey
}

/** Names in the list of the key API. */
export async function listNames(sandbox: Sandbox): Promise<string[]> {
  const page = (await (await manage(sandbox, 'GET', '')).json()) as { data: { name: string }[] }
  return page.data.map((key) => key.name)
}

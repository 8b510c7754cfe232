import type { RunningSandbox } from '../cli/application.ts'

const LIMIT_MS = 10_000

/** A key as the sandbox itself knows it. */
export interface KnownKey {
  id: string
  name: string
  state: 'active' | 'disabled' | 'revoked'
  /** Whether the generation API accepts it now. */
  accepted: boolean
  fingerprint: string
  /** Responses of the generation API by status. */
  requests: Record<string, number>
}

/** The keys as the sandbox knows them, unaffected by faults. */
export async function listKeys(sandbox: RunningSandbox): Promise<KnownKey[]> {
  const response = await fetch(`${sandbox.adminUrl}/keys`, { signal: AbortSignal.timeout(LIMIT_MS) })
  return ((await readOk(response)) as { keys: KnownKey[] }).keys
}

/** Switches a fault on. */
export async function addFault(sandbox: RunningSandbox, fault: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${sandbox.adminUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  await readOk(response)
}

/** Switches every fault off. */
export async function clearFaults(sandbox: RunningSandbox): Promise<void> {
  const response = await fetch(`${sandbox.adminUrl}/faults`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  await readOk(response)
}

async function readOk(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the sandbox returned ${response.status}`)
  return response.json()
}

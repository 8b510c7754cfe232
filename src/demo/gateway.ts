import type { RunningSandbox } from '../cli/application.ts'

const LIMIT_MS = 10_000

/** A key as the sandbox itself knows it. */
export interface KnownKey {
  id: string
  name: string
  state: 'active' | 'disabled' | 'revoked'
  /** Whether the generation API takes it at this moment. */
  accepted: boolean
  fingerprint: string
  /** Answers of the generation API by status. */
  requests: Record<string, number>
}

/** What the sandbox says of its keys, which faults do not touch. */
export async function listKeys(sandbox: RunningSandbox): Promise<KnownKey[]> {
  const answer = await fetch(`${sandbox.adminUrl}/keys`, { signal: AbortSignal.timeout(LIMIT_MS) })
  return ((await readOk(answer)) as { keys: KnownKey[] }).keys
}

/** Switches a fault on. */
export async function addFault(sandbox: RunningSandbox, fault: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`${sandbox.adminUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  await readOk(answer)
}

/** Switches every fault off. */
export async function clearFaults(sandbox: RunningSandbox): Promise<void> {
  const answer = await fetch(`${sandbox.adminUrl}/faults`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  await readOk(answer)
}

async function readOk(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`)
  return answer.json()
}

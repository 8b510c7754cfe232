import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { Session } from './auth.ts'

/** One version of a secret as the KV version 2 engine answers it; `data` is null when it was deleted or destroyed. */
export interface KvVersion {
  version: number
  destroyed: boolean
  data: Record<string, unknown> | null
}

/** @throws ProviderError `unavailable` when the answer is not that of a KV version 2 engine. */
export function readVersion(body: unknown, provider: string): KvVersion {
  type Answer = { data?: { data?: unknown; metadata?: { version?: unknown; destroyed?: unknown } } }
  const { data, metadata } = (body as Answer | undefined)?.data ?? {}
  if (typeof metadata?.version !== 'number' || typeof data !== 'object') throw strange(provider, 'none')
  return {
    version: metadata.version,
    destroyed: metadata.destroyed === true,
    data: data as Record<string, unknown> | null,
  }
}

/** The version that a write made. @throws ProviderError `unavailable`, effect unknown, when the answer does not say. */
export function writtenVersion(body: unknown, provider: string): string {
  const version = (body as { data?: { version?: unknown } } | undefined)?.data?.version
  if (typeof version !== 'number') throw strange(provider, 'unknown')
  return String(version)
}

function strange(provider: string, effect: 'none' | 'unknown'): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: 'the answer is not that of a KV engine of version 2',
    effect,
    nextStep: 'Check that `mount` names a KV engine of version 2 and that the address is the server itself.',
  })
}

/**
 * The address's parts as they stand in the fields, and the fields that are absent.
 * @throws ProviderError `invalid` for a field that is no string.
 */
export function takeParts(
  address: SecretAddress,
  data: Record<string, unknown>,
  provider: string,
): { parts: Record<string, SecretValue>; absent: string[] } {
  const parts: Record<string, SecretValue> = {}
  const absent: string[] = []
  for (const [part, name] of Object.entries(address.fields)) {
    const field = String(name)
    const value = Object.hasOwn(data, field) ? data[field] : undefined
    if (typeof value === 'string') parts[part] = new SecretValue(value)
    else if (value === undefined) absent.push(field)
    else {
      throw new ProviderError({
        code: 'invalid',
        provider,
        message: `the field ${field} is no string`,
        effect: 'none',
        nextStep: 'Name a field that holds a string, or change it by hand.',
      })
    }
  }
  return { parts, absent }
}

/**
 * What the token may do at each path; `not-told` when it may not even ask, which the `default` policy allows.
 * The request is a POST that changes nothing.
 */
export async function readCapabilities(
  { session, policyPrefix }: { session: Session; policyPrefix: string | undefined },
  paths: readonly string[],
  call: Call,
): Promise<Record<string, string[]> | 'not-told'> {
  // The `default` policy of the token's own namespace allows to ask there, and of paths below it.
  const at = policyPrefix === undefined ? {} : { at: 'auth' as const }
  let body: unknown
  try {
    body = await session.send({ path: 'sys/capabilities-self', body: { paths }, ...at }, call)
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'denied') return 'not-told'
    throw error
  }
  const told = (body as { data?: Record<string, unknown> } | undefined)?.data ?? {}
  const capabilities: Record<string, string[]> = {}
  for (const path of paths) {
    const list = told[path]
    capabilities[path] = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
  }
  return capabilities
}

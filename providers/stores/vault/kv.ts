import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { namesOf } from '../../shared/store/fields.ts'
import { type HeldParts, holdParts } from '../../shared/store/held-parts.ts'
import type { Place } from '../../shared/store/place.ts'
import { otherFields } from '../../shared/store/secret-text.ts'
import type { Session } from './sign-in/session.ts'

/* What the KV version 2 engine sends and gets, and what of it is ours. */

/** One version of a secret as the KV version 2 engine returns it; `data` is null when it was deleted or destroyed. */
export interface KvVersion {
  version: number
  destroyed: boolean
  data: Record<string, unknown> | null
  /** What somebody noted about the whole secret; readable with any of its versions. */
  customMetadata: Readonly<Record<string, string>>
}

/** @throws ProviderError `unavailable` when the answer does not come from a KV version 2 engine. */
export function readVersion(body: unknown, provider: string): KvVersion {
  type Metadata = { version?: unknown; destroyed?: unknown; custom_metadata?: unknown }
  type Answer = { data?: { data?: unknown; metadata?: Metadata } }
  const { data, metadata } = (body as Answer | undefined)?.data ?? {}
  if (typeof metadata?.version !== 'number' || typeof data !== 'object') throw failStrange(provider, 'none')
  return {
    version: metadata.version,
    destroyed: metadata.destroyed === true,
    data: data as Record<string, unknown> | null,
    customMetadata: Object.fromEntries(
      Object.entries(Object(metadata.custom_metadata)).map(([name, value]) => [name, String(value)]),
    ),
  }
}

/** The version that a write made. @throws ProviderError `unavailable`, effect unknown, when the answer does not say. */
export function writtenVersion(body: unknown, provider: string): string {
  const version = (body as { data?: { version?: unknown } } | undefined)?.data?.version
  if (typeof version !== 'number') throw failStrange(provider, 'unknown')
  return String(version)
}

function failStrange(provider: string, effect: 'none' | 'unknown'): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: 'the answer does not come from a KV engine of version 2',
    effect,
    nextStep: 'Check that `mount` names a KV engine of version 2 and that the address is the server itself.',
  })
}

/** KV numbers its versions from 1; asked for 0 it would return the current one. */
export function isVersionNumber(version: string): boolean {
  return /^[1-9]\d{0,9}$/.test(version)
}

/**
 * The address's parts as the fields have them, and the fields that are absent.
 * @throws ProviderError `invalid` for a field that does not hold a string.
 */
export function takeParts(place: Place, data: Record<string, unknown>): HeldParts {
  const held = holdParts(place.address, (name) => {
    const field = String(name)
    const value = (Object.hasOwn(data, field) ? data[field] : undefined) ?? undefined
    if (value === undefined || typeof value === 'string') return value
    throw place.fail({
      code: 'invalid',
      says: `has something other than a string in the field ${field}`,
      nextStep: 'Name a field that holds a string, or change it by hand.',
    })
  })
  return { ...held, others: otherFields(data, namesOf(place.address)) }
}

/**
 * What the token may do at each path; `unknown` if it may not even ask, which the `default` policy allows.
 * The request is a POST that changes nothing.
 */
export async function readCapabilities(
  { session, policyPrefix }: { session: Session; policyPrefix: string | undefined },
  paths: readonly string[],
  call: Call,
): Promise<Record<string, string[]> | 'unknown'> {
  // The `default` policy of the token's own namespace allows to ask there, and of paths below it.
  const at = policyPrefix === undefined ? {} : { at: 'auth' as const }
  let body: unknown
  try {
    body = await session.send({ path: 'sys/capabilities-self', body: { paths }, ...at }, call)
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'denied') return 'unknown'
    throw error
  }
  const reported = (body as { data?: Record<string, unknown> } | undefined)?.data ?? {}
  const capabilities: Record<string, string[]> = {}
  for (const path of paths) {
    const list = reported[path]
    capabilities[path] = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
  }
  return capabilities
}

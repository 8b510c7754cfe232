/** Since when a key should have been replaced. */
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'

/** `every` and an expiry are promises; a leaked key should have been replaced when that was reported. */
export function findOverdue(
  { current, request, rotation }: KeyRecord,
  config: KeyConfig | undefined,
): number | null {
  const everyMs = config && !config.observe ? config.policy.everyMs : undefined
  const moments = [
    current && everyMs !== undefined ? current.since + everyMs : null,
    current?.expiresAt ?? null,
    reportedLeaked({ request, rotation }),
  ].filter((at) => at !== null)
  return moments.length > 0 ? Math.min(...moments) : null
}

/** A report that joined a running rotation counts from the start of that one. */
export function reportedLeaked({
  request,
  rotation,
}: Pick<KeyRecord, 'request' | 'rotation'>): number | null {
  if (rotation?.compromised) return rotation.startedAt
  return request?.reason === 'compromised' ? request.at : null
}

/** How long a process sleeps for a wait of the workflow. */
import type { KeyRecord } from '../contracts/record.ts'
import { isOnlyInMemory } from '../workflow/keys/attempts.ts'

/**
 * Until when this process sleeps for a wait of the workflow; null: it lets the key go, and a later look goes on. A
 * value that is nowhere else keeps its process: to the end while the key settles, and for as long as the run lasts
 * while no target takes it. Any other wait lets the key go from `holdUntil` on.
 */
export function sleepsUntil(
  record: KeyRecord,
  at: { until: number; now: number; runUntil: number; holdUntil: number },
): number | null {
  const { rotation } = record
  const onlyHere = rotation !== null && isOnlyInMemory(rotation)
  if (onlyHere && rotation.step === 'create') return at.until
  if (at.until <= (onlyHere ? at.runUntil : at.holdUntil)) return at.until
  return onlyHere && at.now < at.runUntil ? at.runUntil : null
}

/** Whether a person's deadline for the old key comes while this process is still there to keep it. */
export function isKillAhead(record: KeyRecord, now: number, runUntil: number): boolean {
  const { rotation } = record
  const killBy = rotation?.compromised?.killBy
  if (killBy === undefined || rotation?.revocation?.intendedAt !== undefined) return false
  return killBy > now && killBy <= runUntil
}

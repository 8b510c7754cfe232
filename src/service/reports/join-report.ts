/** Puts it on the record of a key that one of its values was reported leaked. Pure; once for each value. */
import type { AuditEntry } from '../../contracts/journal.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { joinCompromised } from '../../workflow/people/report-leak.ts'
import { leakedIn } from '../leaks/known-values.ts'

/** `killBy` and the result as for `joinCompromised`; no line: there is nothing to be done, or no more than before. */
export function joinReport(
  record: KeyRecord,
  about: { fingerprint: string; killBy?: number; why: string },
  now: number,
): AuditEntry[] {
  const { fingerprint, killBy, why } = about
  // Since it was found, a rotation may have ended it, or begun.
  const leaked = leakedIn(record, fingerprint)
  if (leaked === null || isKnown(record, leaked, killBy)) return []
  return joinCompromised(record, { leaked, why, ...(killBy === undefined ? {} : { killBy }) }, now)
}

/** Whether the same is on record, with a deadline that is no later. */
function isKnown({ rotation, request }: KeyRecord, leaked: 'old' | 'new' | 'both', killBy?: number): boolean {
  const known = rotation ? rotation.compromised : request?.reason === 'compromised' ? request : undefined
  if (!known || (known.leaked !== leaked && known.leaked !== 'both')) return false
  return killBy === undefined || (known.killBy !== undefined && known.killBy <= killBy)
}

/** Foreign leases, watched by one's own monotonic clock. */
import type { Clock } from '../../../src/contracts/clock.ts'

/** Random characters in the id of a claim: as many bits as a UUID has. */
export const CLAIM_ID_LENGTH = 25

/** What a look at a record shows of its lease. */
export interface LeaseSighting {
  key: string
  /** Null: released, or never claimed. */
  claimId: string | null
  revision: number
  /** Grows with each renewal of the claim. */
  renewals: number
  leaseMs: number
}

export interface LeaseWatch {
  /** Whether the key may be claimed now, given what was just read. */
  isFree(sighting: LeaseSighting): boolean
}

/**
 * Finds out when a foreign lease has run out, by one's own clock alone: it has, once claim, revision and
 * renewals were seen unchanged for the lease's whole length on a monotonic clock. The holder counts its lease from
 * before its last change, the watcher from after it was read, so the watcher is always the later one.
 */
export function createLeaseWatch(clock: Pick<Clock, 'monotonicMs'>): LeaseWatch {
  const watched = new Map<string, { sighting: LeaseSighting; sinceMs: number }>()
  return {
    isFree(sighting) {
      if (sighting.claimId === null) {
        watched.delete(sighting.key)
        return true
      }
      const nowMs = clock.monotonicMs()
      const earlier = watched.get(sighting.key)
      if (!earlier || !isSame(earlier.sighting, sighting)) {
        watched.set(sighting.key, { sighting, sinceMs: nowMs })
        return false
      }
      return nowMs - earlier.sinceMs >= sighting.leaseMs
    },
  }
}

function isSame(one: LeaseSighting, other: LeaseSighting): boolean {
  return one.claimId === other.claimId && one.revision === other.revision && one.renewals === other.renewals
}

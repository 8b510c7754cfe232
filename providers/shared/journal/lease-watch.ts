/** Foreign leases: whether their holder is known to be gone, else watched by clocks that nobody sets. */
import type { Ambient } from '../../../src/contracts/clock.ts'

/** Random characters in the id of a claim: as many bits as a UUID has. */
export const CLAIM_ID_LENGTH = 25

/** What a look at a record shows of its lease. */
export interface LeaseSighting {
  key: string
  /** Null: released, or never claimed. */
  claimId: string | null
  holder: string
  revision: number
  /** Grows with each renewal of the claim. */
  renewals: number
  leaseMs: number
}

/** A look that outlives the process that took it: the lease as it was, and when that was on the clock of this boot. */
export interface KeptSighting {
  claimId: string
  revision: number
  renewals: number
  sinceMs: number
}

export interface LeaseWatch {
  /** Names this start of the machine, under which sightings are kept; null: they cannot be compared, so none is kept. */
  readonly boot: string | null
  /**
   * Whether the key may be claimed now, given what was just read; if not, `keep` is a sighting that is to be kept in
   * place of the earlier one.
   */
  judge(
    sighting: LeaseSighting,
    kept: KeptSighting | undefined,
  ): { isFree: true } | { isFree: false; keep?: KeptSighting }
}

/**
 * Finds out when a foreign lease has run out. At once, when the holder ran on this machine and is known to be gone: it
 * sends nothing more. Else by this machine's own clocks alone: once claim, revision and renewals were seen unchanged
 * for the lease's whole length. The holder counts its lease from before its last change, the watcher from after it was
 * read, so the watcher is always the later one. Sightings are kept, so that several short runs finish the count.
 */
export function createLeaseWatch({
  clock,
  isProcessGone,
}: Pick<Ambient, 'clock' | 'isProcessGone'>): LeaseWatch {
  const watched = new Map<string, { sighting: LeaseSighting; sinceMs: number }>()

  function isSeenOut(sighting: LeaseSighting): boolean {
    const nowMs = clock.monotonicMs()
    const earlier = watched.get(sighting.key)
    if (earlier && isSame(earlier.sighting, sighting)) return nowMs - earlier.sinceMs >= sighting.leaseMs
    watched.set(sighting.key, { sighting, sinceMs: nowMs })
    return false
  }

  return {
    boot: clock.uptime()?.boot ?? null,
    judge(sighting, kept) {
      const { key, claimId, holder, revision, renewals, leaseMs } = sighting
      if (claimId === null || isProcessGone?.(holder)) {
        watched.delete(key)
        return { isFree: true }
      }
      if (isSeenOut(sighting)) return { isFree: true }
      // The clock that stands still while the machine is suspended errs on the side of waiting longer.
      const nowMs = clock.uptime()?.runMs
      if (nowMs === undefined) return { isFree: false }
      const now = { claimId, revision, renewals, sinceMs: nowMs }
      if (!kept || !isSame(kept, now) || kept.sinceMs > nowMs) return { isFree: false, keep: now }
      return { isFree: nowMs - kept.sinceMs >= leaseMs }
    },
  }
}

type Seen = Pick<LeaseSighting, 'claimId' | 'revision' | 'renewals'>

function isSame(one: Seen, other: Seen): boolean {
  return one.claimId === other.claimId && one.revision === other.revision && one.renewals === other.renewals
}

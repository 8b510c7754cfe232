/** The reasons for which a key comes due. */
import type { Closures } from '../contracts/closures.ts'
import type { RotationWindow } from '../contracts/config.ts'
import { formatDuration } from '../contracts/duration.ts'
import type { Pause } from '../contracts/pause.ts'
import type { DueReason, KeyRecord } from '../contracts/record.ts'
import { retryCyclesMs } from '../contracts/retry-cycle.ts'
import { jitterMs } from './jitter.ts'
import { goBackOpen } from './openings.ts'

/** What of a key's config decides when it is due. */
export interface DueInput {
  key: string
  everyMs: number
  giveUpMs: number
  /** How long ahead a person is asked; 0 where no person is needed. */
  askBeforeMs: number
  /** Only looked at, never rotated. */
  observe: boolean
  /** A first key is created without being asked for. */
  first?: boolean | undefined
  window?: RotationWindow | undefined
  /** When nothing starts by itself, by the calendars that it names. */
  closures?: Closures | undefined
  /** All keys of the installation are paused. */
  pausedAll?: Pause | undefined
}

/** A reason to rotate, and from when on it holds: milliseconds since 1970. */
export interface DueClaim {
  reason: DueReason
  at: number
  why: string
  /** A person wants it now: windows do not hold it. */
  isUrgent?: boolean
  /** The key is dead from then on; a window that opens too late for that does not hold it. */
  deadline?: number
}

type DuePolicy = (record: KeyRecord, input: DueInput) => DueClaim | undefined

/** Why a key may be due, the most pressing reason first: of those that hold, the first is the one recorded. */
export const duePolicies: readonly DuePolicy[] = [
  claimCompromised, // a person reported that the key leaked
  claimAsked, // a person asked for it
  claimFirst, // there is no key yet
  claimExpiry, // the issuer will end the key by itself
  claimAge, // the key is older than the config allows
]

function claimCompromised({ request }: KeyRecord): DueClaim | undefined {
  if (request?.reason !== 'compromised') return undefined
  return {
    reason: 'compromised',
    at: request.at,
    why: sayAsked('it was reported leaked', request.why),
    isUrgent: true,
  }
}

function claimAsked({ request }: KeyRecord): DueClaim | undefined {
  if (request?.reason !== 'asked') return undefined
  return { reason: 'asked', at: request.at, why: sayAsked('it was asked for', request.why), isUrgent: true }
}

function sayAsked(what: string, why: string | undefined): string {
  return why === undefined ? what : `${what}: ${why}`
}

function claimFirst({ current }: KeyRecord, { first }: DueInput): DueClaim | undefined {
  return current === null && first ? { reason: 'first', at: 0, why: 'there is no key yet' } : undefined
}

/**
 * Early enough that three whole retry cycles fit before the end, closed times left out. A key too short-lived for that is due at half its
 * life: earlier, it would be due again as soon as it is made.
 */
function claimExpiry({ current }: KeyRecord, input: DueInput): DueClaim | undefined {
  if (current?.expiresAt === undefined) return undefined
  const { expiresAt, since } = current
  const cyclesMs = retryCyclesMs({ giveUpMs: input.giveUpMs, longestGapMs: input.window?.longestGapMs })
  const aheadMs = cyclesMs + input.askBeforeMs + jitterMs(input.key, input.everyMs)
  const wanted = goBackOpen(input.closures ?? [], expiresAt, aheadMs)
  return {
    reason: 'expiry',
    at: Math.max(wanted, since + Math.max(0, expiresAt - since) / 2),
    why: `it expires at ${new Date(expiresAt).toISOString()}`,
    deadline: expiresAt,
  }
}

function claimAge({ current }: KeyRecord, input: DueInput): DueClaim | undefined {
  if (current === null) return undefined
  // A person asked so long ahead that the next key is due before this one is half as old would be asked for ever.
  const aheadMs = Math.min(input.askBeforeMs, input.everyMs / 2) + jitterMs(input.key, input.everyMs)
  return {
    reason: 'age',
    at: current.since + input.everyMs - aheadMs,
    why: `it is replaced every ${formatDuration(input.everyMs)}`,
  }
}

/** When a key has to be attended to next, by its record and the config alone. */
import type { Uptime } from '../../contracts/clock.ts'
import type { KeyConfig } from '../../contracts/config.ts'
import type { Pause } from '../../contracts/pause.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { dueOf } from '../../schedule/key-due.ts'
import { nextLookAt } from '../../workflow/between/next-look.ts'
import { hasWrongTime, isTroubled, lookInputOf } from '../run-plan.ts'

/** A key with trouble is judged again no sooner, however short the pauses of its policy are. */
const SHORTEST_PACE_MS = 60_000
/** A record that is not ours is refused again no sooner. */
const FOREIGN_PAUSE_MS = 3_600_000

/** What the next moment depends on beside the record. */
export interface Moment {
  now: number
  uptime: Uptime | null
  installation: string
  /** Absent: the config no longer has the key. */
  key: KeyConfig | undefined
  /** Looks are later by this, so that several processes share them: who comes later finds that it was looked already. */
  spreadMs: number
  pausedAll: Pause | null
}

/**
 * When the key has to be attended to next: milliseconds since 1970, in the past when it is now; infinite: never, as
 * long as neither its record nor the config changes.
 */
export function nextMomentOf(record: KeyRecord | undefined, moment: Moment): number {
  const { now, key, installation } = moment
  if (!record) return key ? 0 : Number.POSITIVE_INFINITY
  if (record.installation !== installation) return key ? now + FOREIGN_PAUSE_MS : Number.POSITIVE_INFINITY
  if (record.rotation) return nextOfRotation(record, now)
  if (!key) return Number.POSITIVE_INFINITY
  if (hasWrongTime(record, now, moment.uptime)) return 0
  const due = dueOf(record, key, now, moment.pausedAll)
  return Math.min(due.at ?? Number.POSITIVE_INFINITY, nextOfLooks(record, key) + moment.spreadMs)
}

/** What a rotation waits for is in the record; while another process drives it, that is the end of its lease. */
function nextOfRotation({ wakeAt, rotation }: KeyRecord, now: number): number {
  const killBy = rotation?.compromised?.killBy
  const isKillAhead = killBy !== undefined && killBy > now && rotation?.revocation?.intendedAt === undefined
  return Math.min(wakeAt ?? now, isKillAhead ? killBy : Number.POSITIVE_INFINITY)
}

/** A key that could not be adopted, or has trouble on record, is judged again at the pace of retries. */
function nextOfLooks(record: KeyRecord, key: KeyConfig): number {
  const paceMs = Math.max(SHORTEST_PACE_MS, key.policy.retryMaxMs)
  const paced = Math.max(record.lookedAt ?? 0, record.last?.at ?? 0) + paceMs
  if (!record.current) return paced
  const look = nextLookAt(record, lookInputOf(key))
  return isTroubled(record) ? Math.min(look, paced) : look
}

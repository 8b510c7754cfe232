/** Judges the times of a record when it is read, and shows it when they begin again. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import { findWrongTime, restartTimes, sayLength } from '../workflow/between/times.ts'
import type { ProbeSet } from '../workflow/words/questions.ts'
import { setViolation } from '../workflow/words/violations.ts'
import type { ClaimAtHand } from './at-hand.ts'

/** How far the clock of an issuer may be away from ours before anything is made of it: `Date` has whole seconds, and proxies. */
const ISSUER_TOLERANCE_MS = 300_000

/** Right after a claim: what another process wrote by a clock that was set since, or was wrong, begins again. */
export function believeTimes(hand: ClaimAtHand, record: KeyRecord, pin: Pin | null): AuditEntry[] {
  const reading = hand.claimed.reading()
  const wrong = findWrongTime(record, pin, reading)
  if (!wrong) return []
  restartTimes(record, pin, reading, wrong.jumpMs)
  const { entry, event } = sayRestart(record, reading.now, wrong.why)
  hand.world.tell(event)
  return [entry]
}

/** The line of the trail and the alarm for times that begin again. */
export function sayRestart(
  record: KeyRecord,
  at: number,
  why: string,
): { entry: AuditEntry; event: NotifyEvent } {
  const text = `${why}; all waiting times begin again`
  const about = { at, key: record.key, ...(record.rotation ? { rotation: record.rotation.id } : {}) }
  return {
    entry: { ...about, kind: 'clock', text },
    event: { ...about, level: 'alarm', kind: 'clock', message: text },
  }
}

/**
 * The issuer's clock is a second opinion about ours: what it differs by is shown, and when that has changed since the
 * record was written, then one of two clocks was wrong. @returns why all times begin again; null: they need not.
 */
export function compareIssuerClock(record: KeyRecord, probe: ProbeSet | undefined): string | null {
  const aheadMs = probe?.issuerAheadMs
  if (probe === undefined || aheadMs === undefined) return null
  const before = record.issuerAheadMs
  const name = record.rotation?.pin.issuer.name ?? 'the issuer'
  const detail = `the clock of this machine is ${sayLength(aheadMs)} ${aheadMs > 0 ? 'behind' : 'ahead of'} that of ${name}: set it right, e.g. with a time service`
  setViolation(record, 'clock-differs', Math.abs(aheadMs) > ISSUER_TOLERANCE_MS ? detail : null, probe.at)
  if (before !== undefined && Math.abs(aheadMs - before) <= ISSUER_TOLERANCE_MS) return null
  record.issuerAheadMs = aheadMs
  if (before === undefined) return null
  return `the clock differs from that of ${name} by ${sayLength(aheadMs - before)} more or less than when the record was written`
}

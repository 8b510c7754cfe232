/*
 * Which times of a record can be believed (RULES.md 15). A clock may be set between two processes as well as inside
 * one; what a wrong clock wrote must neither hold a leaked key back nor end an overlap. So every time is judged when it
 * is read, and when one cannot be right all of them begin again.
 */
import type { Uptime } from '../../contracts/clock.ts'
import type { KeyRecord, Pin } from '../../contracts/record.ts'
import { isApi } from '../keys/attempts.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { revokeSettleMs } from '../words/pace.ts'
import { set } from '../words/set.ts'
import { restartTimers } from './start.ts'

/** How far clocks may disagree, beside the share of a long time that steady clocks gain or lose. */
const TOLERANCE_MS = 5_000
const TOLERANCE_SHARE = 0.0005

/** The clocks now, and what the longest lease of this key is. */
export interface Reading {
  now: number
  uptime: Uptime | null
  leaseMs: number
  /** By how much `now` may be too early: the journal's last response took so long. */
  behindMs?: number
}

/** Why times of this record cannot be right, in words, and how far the clock was set where that is known; null: all can be. */
export function findWrongTime(
  record: KeyRecord,
  pin: Pin | null,
  reading: Reading,
): { why: string; jumpMs?: number } | null {
  const jumpMs = findJump(record, reading)
  if (jumpMs !== null) {
    const way = jumpMs > 0 ? 'forward' : 'back'
    return { why: `the clock was set ${way} by ${sayLength(jumpMs)} since the last commit`, jumpMs }
  }
  const impossible = findImpossible(record, pin ?? record.rotation?.pin ?? null, reading)
  return impossible ? { why: `${impossible}: a wrong clock wrote it` } : null
}

/** How far the clock has moved against the steady clocks since the last commit; null when it has not, or nothing shows it. */
function findJump({ written }: KeyRecord, { now, uptime, behindMs = 0 }: Reading): number | null {
  if (!written) return null
  const passedMs = now - written.at
  const steady = steadyLengths(written.uptime, uptime)
  // Only a clock that went back shows without steady clocks: one that went forward looks like time that passed.
  if (steady.length === 0) return passedMs < -TOLERANCE_MS - behindMs ? passedMs : null
  const jumps = steady.map((ms) => ({
    jumpMs: passedMs - ms,
    allowedMs: TOLERANCE_MS + ms * TOLERANCE_SHARE,
  }))
  const { behindMs: writtenBehindMs = 0 } = written
  const isAllowed = ({ jumpMs, allowedMs }: (typeof jumps)[number]) =>
    jumpMs >= -allowedMs - behindMs && jumpMs <= allowedMs + writtenBehindMs
  if (jumps.some(isAllowed)) return null
  return Math.min(...jumps.map(({ jumpMs }) => jumpMs))
}

/** What the steady clocks say has passed. One that runs backwards was another machine's or container's. */
function steadyLengths(before: Uptime | null, after: Uptime | null): number[] {
  if (!before || before.boot !== after?.boot) return []
  return [after.runMs - before.runMs, after.upMs - before.upMs].filter((ms) => ms >= 0)
}

/** A time that is past by its meaning and lies ahead, or a deadline that is further away than its whole length. */
function findImpossible(
  record: KeyRecord,
  pin: Pin | null,
  { now, leaseMs, behindMs = 0 }: Reading,
): string | null {
  const { rotation } = record
  const latest = now + TOLERANCE_MS + behindMs
  const past: [string, number | undefined][] = [
    ['the last look', record.lookedAt],
    ['the end of the last rotation', record.last?.at],
    ['the request', record.request?.at],
    ['the start of the rotation', rotation?.startedAt],
    ['its last progress', rotation?.progressAt],
    ...(rotation?.attempts ?? []).map((one): [string, number] => ['the creation of a key', one.at]),
  ]
  const ahead = past.find(([, at]) => at !== undefined && at > latest)
  if (ahead) return `${ahead[0]} lies ahead`
  const quietMs = longestQuietMs(pin, leaseMs)
  const policy = rotation?.pin.policy
  const deadlines: [string, number | undefined, number][] = [
    ['the quiet time', record.quietUntil, quietMs],
    ['after-care', record.afterCare?.until, record.afterCare?.forMs ?? 0],
    ['the overlap', rotation?.overlapUntil, policy?.overlapMs ?? 0],
    ["a person's deadline", rotation?.operator?.deadline, policy?.operatorDeadlineMs ?? 0],
    ...landings(record).map((until): [string, number, number] => [
      'the quiet time of a call',
      until,
      quietMs,
    ]),
  ]
  const endless = deadlines.find(([, until, ms]) => until !== undefined && until > latest + ms)
  return endless ? `${endless[0]} would end later than its whole length from now` : null
}

function landings({ rotation }: KeyRecord): number[] {
  if (!rotation) return []
  return [
    ...Object.values(rotation.targets).flatMap(({ writes }) => writes.map((write) => write.landsBy)),
    ...rotation.attempts.map((attempt) => attempt.landsBy),
    rotation.revocation?.landsBy ?? 0,
    rotation.withdrawal?.landsBy ?? 0,
  ]
}

/** The longest time that a call of this key may still take effect after it was committed. */
function longestQuietMs(pin: Pin | null, leaseMs: number): number {
  if (!pin) return leaseMs
  const { issuer, targets, policy } = pin
  const listMs = isApi(issuer) ? issuer.traits.listDelayMs : 0
  const settleMs = Math.max(
    issuer.traits.settleMs,
    revokeSettleMs(issuer),
    ...targets.map((target) => target.traits.settleMs),
  )
  return leaseMs + policy.callLimitMs + settleMs + listMs
}

/**
 * All times begin again: what was still ahead when it was written gets its whole length from now, what was over stays
 * over, and what is past is not later than now. Nothing is shortened that way, and nothing is endless.
 */
export function restartTimes(
  record: KeyRecord,
  pin: Pin | null,
  reading: Pick<Reading, 'now' | 'leaseMs'>,
  jumpMs?: number,
): void {
  const { now, leaseMs } = reading
  const { rotation, afterCare, current, last, request, written } = record
  const wasAhead = (at: number) => written === null || at > written.at
  const quietMs = longestQuietMs(pin ?? rotation?.pin ?? null, leaseMs)
  record.quietUntil =
    wasAhead(record.quietUntil) && record.quietUntil > 0 ? now + quietMs : Math.min(record.quietUntil, now)
  if (afterCare && wasAhead(afterCare.until)) afterCare.until = now + afterCare.forMs
  for (const tries of Object.values(afterCare?.tries ?? {})) tries.nextAt = Math.min(tries.nextAt, now)
  for (const key of [current, record.kept]) if (key) key.since = Math.min(key.since, now)
  if (last) last.at = Math.min(last.at, now)
  if (record.lookedAt !== undefined) record.lookedAt = Math.min(record.lookedAt, now)
  if (record.wakeAt !== null) record.wakeAt = now
  for (const one of [...record.debts, ...record.violations]) one.since = Math.min(one.since, now)
  for (const place of Object.values(record.places)) place.at = Math.min(place.at, now)
  for (const intent of [...(afterCare?.intents ?? []), ...(rotation?.intents ?? [])]) {
    intent.leaseUntil = now + Math.max(0, intent.leaseUntil - intent.at)
    intent.at = now
  }
  const moved = (killBy: number) =>
    jumpMs === undefined ? now + Math.max(0, killBy - (written?.at ?? now)) : killBy + jumpMs
  for (const leak of [request, rotation?.compromised])
    if (leak?.killBy !== undefined) leak.killBy = moved(leak.killBy)
  if (request) request.at = Math.min(request.at, now)
  restartEnd(record, now, jumpMs)
  restartTimers(record, now)
  // From here on all times are of the present clock: the same jump, seen once more, must not move them again.
  if (written) written.at = now
  if (jumpMs !== undefined && record.issuerAheadMs !== undefined) record.issuerAheadMs -= jumpMs
  if (!rotation) return
  rotation.startedAt = Math.min(rotation.startedAt, now)
  if (rotation.hold) rotation.hold = { ...rotation.hold, since: Math.min(rotation.hold.since, now) }
  if (rotation.hold?.until !== undefined) rotation.hold.until = now
  const {
    operator,
    pin: { policy },
  } = rotation
  if (operator)
    set(operator, {
      askedAt: now,
      remindAt: now + policy.remindEveryMs,
      deadline: now + policy.operatorDeadlineMs,
    })
}

/**
 * The end that the creation of the new key set the old one was counted by our clock; it is never further away than the
 * issuer gives. What the issuer itself named as its expiry stays.
 */
function restartEnd({ rotation, current }: KeyRecord, now: number, jumpMs = 0): void {
  const old = rotation?.old
  if (!rotation || old?.diesAt === undefined || old.diesAt === current?.expiresAt) return
  const { diesAfterMs } = rulesOf(rotation)
  if (diesAfterMs !== undefined) old.diesAt = Math.min(old.diesAt + jumpMs, now + diesAfterMs)
}

/** A length of time as people say it, roughly. */
export function sayLength(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}

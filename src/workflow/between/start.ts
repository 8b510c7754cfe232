import type { AuditEntry } from '../../contracts/journal.ts'
import type { DueReason, KeyRecord, Pin, Rotation } from '../../contracts/record.ts'
import { landsBy, overlapMsOf, revokeSettleMs } from '../words/pace.ts'
import { set } from '../words/set.ts'

export interface StartRequest {
  /** `YYYYMMDD-` and six random characters. */
  id: string
  reason: DueReason
  why?: string
  /** The campaign that it is for. */
  campaign?: string
  pin: Pin
  compromised?: { leaked: 'old' | 'new' | 'both'; killBy?: number; why?: string }
}

/** Puts a new rotation into the record: until its first intent it may still take another config. */
export function startRotation(record: KeyRecord, request: StartRequest, now: number): void {
  const { current } = record
  const rotation: Rotation = {
    id: request.id,
    reason: request.reason,
    startedAt: now,
    pin: request.pin,
    step: 'preflight',
    standing: 'active',
    old: current
      ? {
          fingerprint: current.fingerprint,
          ...(current.name ? { name: current.name } : {}),
          ...(current.ref ? { ref: current.ref } : {}),
          ...(current.accepted ? { accepted: current.accepted } : {}),
          ...(current.expiresAt === undefined ? {} : { diesAt: current.expiresAt }),
          dead: false,
        }
      : null,
    seen: [],
    attempts: [],
    targets: {},
    consumers: {},
    intents: [],
    streaks: {},
    stepSince: now,
    progressAt: now,
    confirmed: [],
    exceptions: [],
    tries: {},
    flags: {},
  }
  if (request.why) rotation.why = request.why
  if (request.campaign) rotation.campaign = request.campaign
  // Whatever leaked before this rotation began is the key that it replaces.
  if (request.compromised) rotation.compromised = { ...request.compromised, leaked: 'old' }
  record.rotation = rotation
}

/** The first line of a rotation's history: why it is made, in the words of who asked for it. */
export function sayStart({ key, rotation }: KeyRecord, at: number): AuditEntry[] {
  if (!rotation) return []
  const { id, reason, why } = rotation
  const text = `the rotation begins (${reason})${why ? `: ${why}` : ''}`
  return [{ at, key, rotation: id, kind: 'started', text, data: { reason } }]
}

/** Takes the present config for a rotation that has not created anything yet. */
export function restartPreflight(record: KeyRecord, pin: Pin, now: number): void {
  const before = record.rotation
  if (before?.step !== 'preflight') return
  startRotation(record, { id: before.id, reason: before.reason, pin }, now)
  if (!record.rotation) return
  const {
    why,
    campaign,
    compromised,
    confirmed,
    startedAt,
    hold,
    standing,
    streaks,
    tries,
    flags,
    stepSince,
    progressAt,
  } = before
  set(record.rotation, {
    confirmed,
    startedAt,
    standing,
    streaks,
    tries,
    flags,
    stepSince,
    progressAt,
    ...(why ? { why } : {}),
    ...(campaign ? { campaign } : {}),
    ...(compromised ? { compromised } : {}),
    ...(hold ? { hold } : {}),
  })
}

/**
 * A new look at a rotation: the last call of each target that failed is retried, and so is a creation that the issuer
 * refused.
 */
export function refresh(record: KeyRecord): void {
  const { rotation } = record
  if (!rotation) return
  for (const ledger of Object.values(rotation.targets)) {
    delete ledger.failure
    ledger.nextTryAt = 0
  }
  const last = rotation.attempts.at(-1)
  const isOpen = rotation.intents.some(({ effect }) => effect.kind === 'issue' && effect.mark === last?.mark)
  if (last?.state === 'intended' && !isOpen) {
    last.state = 'absent'
    delete rotation.tries.issue
  }
}

/**
 * Wall clock and monotonic clock disagree: settle, quiet and overlap times begin again, so that a jump never
 * shortens one; pauses end, so that none becomes endless.
 */
export function restartTimers(record: KeyRecord, now: number): void {
  const { rotation } = record
  if (!rotation) return
  rotation.streaks = {}
  rotation.progressAt = now
  rotation.stepSince = now
  // An overlap that was over already, perhaps because a person ended it, stays over.
  const { overlapUntil, old } = rotation
  const wasAhead = (overlapUntil ?? 0) > (record.written?.at ?? Number.NEGATIVE_INFINITY)
  const overlapMs = wasAhead ? overlapMsOf(rotation) : 0
  if (overlapUntil !== undefined)
    rotation.overlapUntil = Math.min(now + overlapMs, Math.max(now, old?.diesAt ?? Number.POSITIVE_INFINITY))
  for (const tries of Object.values(rotation.tries)) if (tries) tries.nextAt = now
  restartTargets(rotation, now)
  restartIssuer(rotation, now)
  for (const ledger of Object.values(rotation.consumers)) {
    ledger.nextTryAt = now
    if (ledger.restartedAt !== undefined) ledger.restartedAt = now
    // Its start was reported by another clock than the one that times the read-back now.
    if (ledger.proof !== 'started-later') continue
    delete ledger.proof
    ledger.state = 'untouched'
  }
}

function restartTargets(rotation: Rotation, now: number): void {
  const { policy, targets } = rotation.pin
  for (const target of targets) {
    const ledger = rotation.targets[target.id]
    if (!ledger) continue
    ledger.nextTryAt = now
    if (ledger.readBackAt !== undefined) ledger.readBackAt = now
    for (const write of ledger.writes) {
      if (write.landsBy > 0) write.landsBy = landsBy(now, policy, target.traits.settleMs)
    }
  }
}

function restartIssuer(rotation: Rotation, now: number): void {
  const { policy, issuer } = rotation.pin
  const quietAt = landsBy(now, policy, Math.max(issuer.traits.settleMs, revokeSettleMs(issuer)))
  for (const attempt of rotation.attempts) {
    if (attempt.state === 'issued') attempt.at = now
    if (attempt.landsBy > 0) attempt.landsBy = quietAt
  }
  for (const revocation of [rotation.revocation, rotation.withdrawal]) {
    if (!revocation) continue
    revocation.nextTryAt = now
    if (revocation.answeredAt !== undefined) revocation.answeredAt = now
    if (revocation.landsBy > 0) revocation.landsBy = quietAt
  }
}

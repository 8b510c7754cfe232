/** Whether and when a rotation may start. */
import type { DueReason, KeyRecord } from '../contracts/record.ts'
import { pauseAfterFailureMs, SHORTEST_PAUSE_MS } from '../contracts/retry-cycle.ts'
import { nextOpening } from './openings.ts'
import { describePause, holdsWithoutEnd, pauseEndFor, pausesOf } from './pauses.ts'
import { type DueClaim, type DueInput, duePolicies } from './policies.ts'

export interface Due {
  /** A rotation may start now. */
  due: boolean
  /** Why, or why next time; absent while nothing is planned. */
  reason?: DueReason
  /** When a rotation may start: milliseconds since 1970, in the past when it is due; null while nothing is planned. */
  at: number | null
  /** For people, without the date. */
  why: string
}

/**
 * Whether a key is due. The first policy of the chain that holds at `now` gives the reason, else the one that holds
 * next; then it waits for what must be over or open before a rotation may start. Pure: `now` is the journal's time.
 * The record must be that of an adopted key: without a current key the first one is made.
 */
export function findDue(record: KeyRecord, input: DueInput, now: number): Due {
  if (input.observe) return { due: false, at: null, why: describeObserved(record, input, now) }
  if (record.rotation) return { due: false, at: null, why: `the rotation ${record.rotation.id} is running` }
  const endless = pausesOf(record, input).find(holdsWithoutEnd)
  const claims = duePolicies.flatMap((policy) => {
    const claim = policy(record, input)
    return claim === undefined || (endless && !claim.isUrgent) ? [] : [claim]
  })
  if (endless && claims.length === 0)
    return { due: false, at: null, why: `${describePause(endless)}${describeExpiry(record)}` }
  const held = claims.map((claim) => ({ claim, ...holdBack(claim, record, input, now) }))
  // The most pressing one that may start now, else the one that may start first.
  const first = held.find(({ at }) => at <= now) ?? held.toSorted((a, b) => a.at - b.at)[0]
  if (first === undefined) return { due: false, at: null, why: 'nothing makes it due' }
  const { claim } = first
  const why = first.why === undefined ? claim.why : `${claim.why}; ${first.why}`
  if (!Number.isFinite(first.at)) return { due: false, reason: claim.reason, at: null, why }
  return { due: first.at <= now, reason: claim.reason, at: first.at, why }
}

/** A pause holds a key back even if its issuer ends it meanwhile: a person has to know. */
function describeExpiry({ current }: KeyRecord): string {
  if (current?.expiresAt === undefined) return ''
  return `; it expires at ${new Date(current.expiresAt).toISOString()} all the same`
}

/** An observed key never comes due, but whoever is about to end that wants to know what would follow. */
function describeObserved(record: KeyRecord, input: DueInput, now: number): string {
  const { at, why } = findDue(record, { ...input, observe: false }, now)
  if (at === null) return 'it is only observed'
  const when = at <= now ? 'now' : `on ${new Date(at).toISOString().slice(0, 10)}`
  return `it is only observed; otherwise a rotation would be due ${when}: ${why}`
}

interface Held {
  at: number
  /** What it waits for, of several the last one to end. */
  why?: string
}

/** What keeps a claimed rotation from starting, one after the other; each can only make it later. */
function holdBack(claim: DueClaim, record: KeyRecord, input: DueInput, now: number): Held {
  let held: Held = { at: claim.at }
  function wait(at: number, why: string): void {
    if (at > held.at) held = at > now ? { at, why } : { at }
  }
  wait(record.quietUntil, 'calls of the last rotation may still take effect')
  wait(endOfPause(claim, record), 'the last rotation failed')
  if (claim.isUrgent) return held
  for (const pause of pausesOf(record, input)) wait(pauseEndFor(pause, input.key), describePause(pause))
  // What is due already may start from now on; what comes due later, from then on.
  const opening = nextOpening(input, Math.max(held.at, now))
  const isTooLate = claim.deadline !== undefined && opening.at + input.giveUpMs >= claim.deadline
  if (opening.at > now && opening.why !== undefined && !isTooLate) wait(opening.at, opening.why)
  return held
}

/** When the pause after a failed rotation is over; 0 without one. A request made since then is not held. */
function endOfPause(claim: DueClaim, record: KeyRecord): number {
  const { last } = record
  if (last === null || last.end === 'completed') return 0
  if (claim.isUrgent && claim.at > last.at) return 0
  // A first key has no date it was due at: each mark minted in vain counts as an hour.
  const dueForMs = claim.reason === 'first' ? record.lastMark * SHORTEST_PAUSE_MS : last.at - claim.at
  return last.at + pauseAfterFailureMs(dueForMs)
}

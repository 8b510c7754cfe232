import type { AuditEntry } from '../../contracts/journal.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type { Effect, KeyRecord, Rotation, RotationEnd, Step } from '../../contracts/record.ts'
import type { Answers } from './questions.ts'

/** One decision under way: the record is a draft that the steps may change. */
export interface Turn {
  readonly record: KeyRecord
  readonly rotation: Rotation
  readonly answers: Answers
  readonly now: number
  readonly audit: AuditEntry[]
  readonly events: NotifyEvent[]
}

/** What the engine does next. */
export type Act =
  /** Ask again at once; the draft stays in memory. */
  | { do: 'ask' }
  | { do: 'commit' }
  /** Commit the draft with these as open intents, then send them, all at the same time. */
  | { do: 'perform'; effects: readonly Effect[] }
  | { do: 'wait'; until: number }
  /** Commit and let the key go; a later look (or a person) goes on. */
  | { do: 'stand'; wakeAt: number }
  /** The rotation is over: commit it as finished and let the key go. */
  | { do: 'end' }

/** A step's answer: an act, or where to go from here. A step knows no other step; `workflow.ts` follows the way. */
export type Next =
  | Act
  /** Enter this step and begin it at once, in the same decision. */
  | { do: 'begin'; step: 'create' | 'deploy'; why: string }
  | { do: 'turn-back'; why: string; after: 'end' | 'another' }
  | { do: 'finish'; end: RotationEnd }

export function note(turn: Turn, kind: string, text: string, data?: Record<string, unknown>): void {
  turn.audit.push({
    at: turn.now,
    key: turn.record.key,
    rotation: turn.rotation.id,
    kind,
    text,
    ...(data ? { data } : {}),
  })
}

export function tell(
  turn: Turn,
  level: NotifyEvent['level'],
  kind: string,
  message: string,
  command?: string,
): void {
  turn.events.push({
    at: turn.now,
    level,
    key: turn.record.key,
    rotation: turn.rotation.id,
    kind,
    message,
    ...(command ? { command } : {}),
  })
}

/** Enters a step: streaks and tries belong to the step that made them. */
export function enter(turn: Turn, step: Step, why: string): void {
  turn.rotation.step = step
  turn.rotation.stepSince = turn.now
  turn.rotation.streaks = {}
  turn.rotation.tries = {}
  progress(turn)
  note(turn, 'step', why, { step })
}

/** Got further: whatever held us is over and the give-up clock starts anew. */
export function progress(turn: Turn): void {
  turn.rotation.progressAt = turn.now
  turn.rotation.standing = 'active'
  delete turn.rotation.hold
}

/** Waits for `until`, for a reason that `status` shows; never past a person's deadline for the old key. */
export function wait(turn: Turn, until: number, reason: string, detail: string): Next {
  const { rotation } = turn
  rotation.standing = 'waiting'
  const since = rotation.hold?.reason === reason ? rotation.hold.since : turn.now
  const wakeAt = beforeKill(turn, Math.max(until, turn.now))
  rotation.hold = { reason, detail, since, until: wakeAt }
  return { do: 'wait', until: wakeAt }
}

/** Waits, but stands blocked once the rotation has got no further for as long as the policy allows. */
export function waitBounded(turn: Turn, until: number, reason: string, detail: string): Next {
  const { progressAt, pin } = turn.rotation
  if (turn.now < progressAt + pin.policy.giveUpMs) return wait(turn, until, reason, detail)
  return block(turn, reason, `${detail}; it has got no further for too long`)
}

function beforeKill(turn: Turn, until: number): number {
  const killBy = turn.rotation.compromised?.killBy
  return killBy !== undefined && killBy > turn.now ? Math.min(until, killBy) : until
}

export interface Need {
  /** The command for a person; `resume <key>` when absent. */
  command?: string
  /** The confirmation without which it does not go on; without one the next look tries again by itself. */
  needs?: string
}

/** Stands blocked, visibly; told once for each reason. */
export function block(turn: Turn, reason: string, detail: string, need: Need = {}): Next {
  const { rotation, record } = turn
  const confirm = need.needs ? ` --confirm ${need.needs}` : ''
  const command = need.command ?? `keyrota resume ${record.key}${confirm}`
  const known = rotation.hold?.reason === reason && rotation.standing === 'blocked'
  const since = known && rotation.hold ? rotation.hold.since : turn.now
  rotation.standing = 'blocked'
  rotation.hold = { reason, detail, command, since, ...(need.needs ? { needs: need.needs } : {}) }
  if (!known) {
    note(turn, 'blocked', detail, { reason, command })
    tell(turn, 'alarm', reason, detail, command)
  }
  return { do: 'stand', wakeAt: beforeKill(turn, turn.now + rotation.pin.policy.retryMaxMs) }
}

/** Commits these effects as open intents and has them sent. */
export function perform(turn: Turn, effects: readonly Effect[], why: string): Next {
  turn.rotation.standing = 'active'
  for (const effect of effects) turn.rotation.intents.push({ effect, at: turn.now, leaseUntil: 0 })
  note(turn, 'intent', why, { effects: effects.map(describe) })
  return { do: 'perform', effects }
}

/** Whether a person has said this; consumed confirmations stay on record. */
export function isConfirmed(rotation: Rotation, what: string): boolean {
  return rotation.confirmed.some((said) => said.what === what)
}

/** An effect in words that are safe to keep: ids, places and fingerprints. */
function describe(effect: Effect): string {
  switch (effect.kind) {
    case 'issue':
      return `issue ${effect.name}`
    case 'write':
      return `write ${effect.fingerprint} to ${effect.target} (${effect.purpose}, ${effect.mark})`
    case 'restart':
      return `restart ${effect.consumer} (${effect.mark})`
    case 'retire':
      return `retire version ${effect.version} of ${effect.target}`
    case 'disable':
    case 'enable':
    case 'revoke':
      return `${effect.kind} ${effect.ref?.id ?? effect.fingerprint ?? 'key'}`
  }
}

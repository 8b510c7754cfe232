import type { AuditEntry } from '../../contracts/journal.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type {
  Confirmation,
  Effect,
  Evidence,
  Flag,
  KeyRecord,
  Rotation,
  RotationEnd,
  Step,
} from '../../contracts/record.ts'
import { commandFor, describeEffect } from './confirmations.ts'
import { collectEvidence, describeEvidence } from './evidence.ts'
import type { NoteKind } from './notes.ts'
import type { Answers } from './questions.ts'
import { type Reason, reasons } from './reasons.ts'

/** One decision in the making: the record is a draft that the steps may change. */
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
  /** Commit and release the key; a later look, or a person, continues. */
  | { do: 'stand'; wakeAt: number }
  /** The rotation is over: commit it as finished and let the key go. */
  | { do: 'end' }

/** What a step returns: an act, or where to go from here. No step knows another; `workflow.ts` follows the way. */
export type Next =
  | Act
  /** Enter this step and begin it at once, in the same decision. */
  | { do: 'begin'; step: 'create' | 'deploy' | 'revoke'; why: string }
  /** Enter this step, then commit (or, when nothing is worth a commit of its own, go on with its questions). */
  | { do: 'enter'; step: Step; why: string; after: 'commit' | 'ask' }
  | { do: 'turn-back'; why: string; after: 'end' | 'another' }
  | { do: 'finish'; end: RotationEnd }

export function note(turn: Turn, kind: NoteKind, text: string, data?: Record<string, unknown>): void {
  turn.audit.push({
    at: turn.now,
    key: turn.record.key,
    rotation: turn.rotation.id,
    kind,
    text,
    ...(data ? { data } : {}),
  })
}

/** Sends a message to people, through the notifiers. */
export function notify(
  turn: Turn,
  level: NotifyEvent['level'],
  kind: string,
  message: string,
  command?: string,
  evidence: readonly string[] = [],
): void {
  turn.events.push({
    at: turn.now,
    level,
    key: turn.record.key,
    rotation: turn.rotation.id,
    ...(turn.rotation.campaign ? { campaign: turn.rotation.campaign } : {}),
    kind,
    message,
    ...(command ? { command } : {}),
    ...(evidence.length > 0 ? { evidence } : {}),
  })
}

/** Progress was made: no hold applies any more and the time until giving up starts again. */
export function progress({ rotation, now }: { rotation: Rotation; now: number }): void {
  rotation.progressAt = now
  rotation.standing = 'active'
  delete rotation.hold
}

/** Streaks, tries and flags belong to the step that made them: each step, and the way back, starts without. */
export function startAfresh({ rotation, now }: { rotation: Rotation; now: number }): void {
  rotation.streaks = {}
  rotation.tries = {}
  rotation.flags = {}
  progress({ rotation, now })
}

/** Sets a flag. @returns whether it was not set before. */
export function raise(turn: Turn, flag: Flag): boolean {
  if (turn.rotation.flags[flag]) return false
  turn.rotation.flags[flag] = true
  return true
}

/** Waits that are part of the plan: while one lasts, nothing has to move. */
const planned: ReadonlySet<string> = new Set<Reason>([
  reasons.overlap,
  reasons.operatorCreate,
  reasons.operatorRevoke,
  reasons.settling,
  reasons.quiet,
  reasons.endsByItself,
])

/** Nothing has moved for as long as the policy allows. The first failure after a wait as planned is not that. */
export function isStuck({ rotation, now }: Pick<Turn, 'rotation' | 'now'>): boolean {
  if (rotation.hold && planned.has(rotation.hold.reason)) return false
  return now >= rotation.progressAt + rotation.pin.policy.giveUpMs
}

/** Waits for `until`, for a reason that `status` shows; never past a person's deadline for the old key. */
export function wait(turn: Turn, until: number, reason: Reason, detail: string): Next {
  const { rotation } = turn
  rotation.standing = 'waiting'
  // What fails from now on has the whole time before it.
  if (rotation.hold && planned.has(rotation.hold.reason) && !planned.has(reason))
    rotation.progressAt = turn.now
  const since = rotation.hold?.reason === reason ? rotation.hold.since : turn.now
  const wakeAt = beforeKill(turn, Math.max(until, turn.now))
  rotation.hold = { reason, detail, ...evidenceFor(turn, reason), since, until: wakeAt }
  return { do: 'wait', until: wakeAt }
}

/** Waits, but is blocked once there was no progress for as long as the policy allows. */
export function waitBounded(turn: Turn, until: number, reason: Reason, detail: string): Next {
  if (!isStuck(turn)) return wait(turn, until, reason, detail)
  return block(turn, reason, `${detail}; no progress for too long`)
}

/** A turn that asked nothing has nothing new to show: what the same hold showed before stays. */
export function evidenceFor(turn: Turn, reason: Reason): { evidence?: Evidence[] } {
  const { hold } = turn.rotation
  const seen = collectEvidence(turn)
  const evidence = seen.length === 0 && hold?.reason === reason ? (hold.evidence ?? []) : seen
  return evidence.length > 0 ? { evidence } : {}
}

function isBackwards({ step, rollback }: Rotation): boolean {
  return step === 'rollback' || rollback !== undefined
}

function beforeKill(turn: Turn, until: number): number {
  const killBy = turn.rotation.compromised?.killBy
  return killBy !== undefined && killBy > turn.now ? Math.min(until, killBy) : until
}

export interface Need {
  /** The command for a person; `resume <key>` when absent. */
  command?: string
  /** The confirmation without which it does not continue; without one the next look retries by itself. */
  needs?: Confirmation
}

/** Blocks the rotation, visibly; people are notified once for each reason. */
export function block(turn: Turn, reason: Reason, detail: string, need: Need = {}): Next {
  const { rotation, record } = turn
  const command = need.command ?? commandFor(record.key, need.needs)
  const known = rotation.hold?.reason === reason && rotation.standing === 'blocked'
  const since = known && rotation.hold ? rotation.hold.since : turn.now
  rotation.standing = 'blocked'
  rotation.hold = {
    reason,
    detail,
    command,
    since,
    ...(need.needs ? { needs: need.needs, does: describeEffect(need.needs, isBackwards(rotation)) } : {}),
    ...evidenceFor(turn, reason),
  }
  if (!known) {
    const { evidence = [] } = rotation.hold
    note(turn, 'blocked', detail, { reason, command, evidence: evidence.map(describeEvidence) })
    notify(turn, 'alarm', reason, detail, command, evidence.map(describeEvidence))
  }
  return { do: 'stand', wakeAt: beforeKill(turn, turn.now + rotation.pin.policy.retryMaxMs) }
}

/** Opens intents for these effects; the engine commits them and then sends the effects. */
export function perform(turn: Turn, effects: readonly Effect[], why: string): Next {
  turn.rotation.standing = 'active'
  for (const effect of effects) turn.rotation.intents.push({ effect, at: turn.now, leaseUntil: 0 })
  note(turn, 'intent', why, { effects: effects.map(describe) })
  return { do: 'perform', effects }
}

/** Whether a person has confirmed this; confirmations stay on record once they are used. */
export function isConfirmed(rotation: Rotation, what: Confirmation): boolean {
  return rotation.confirmed.some((said) => said.what === what)
}

/** An effect in words that are safe to keep: ids, targets and fingerprints. */
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
    case 'end-overlap':
      return `${effect.kind} ${effect.ref?.id ?? effect.fingerprint ?? 'key'}`
  }
}

import { isMisfit, isPassing } from '../contracts/errors.ts'
import type { Effect, EndKind, Failure, KeyRecord, Outcome, Revocation } from '../contracts/record.ts'
import { noteOldEnds } from './keys/deadline.ts'
import { revocationOf } from './keys/revocation.ts'
import { noteRace } from './rollout/races.ts'
import { backoffMs, nextTry } from './words/pace.ts'
import { set } from './words/set.ts'
import { note, progress, type Turn } from './words/turn.ts'

/** Records the outcomes of open intents in the rotation's ledgers and closes the intents. */
export function applyOutcomes(turn: Turn, results: readonly { effect: Effect; outcome: Outcome }[]): void {
  for (const { effect, outcome } of results) {
    turn.rotation.intents = turn.rotation.intents.filter((intent) => !isSame(intent.effect, effect))
    applyOne(turn, effect, outcome)
    note(turn, 'outcome', sayOutcome(effect, outcome), { effect: effect.kind, outcome: sayEvidence(outcome) })
    if (outcome.is === 'done') progress(turn)
  }
}

function isSame(one: Effect, other: Effect): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function applyOne(turn: Turn, effect: Effect, outcome: Outcome): void {
  switch (effect.kind) {
    case 'issue':
      applyIssue(turn, effect, outcome)
      break
    case 'write':
      applyWrite(turn, effect, outcome)
      break
    case 'restart':
      applyRestart(turn, effect, outcome)
      break
    case 'retire':
      applyRetire(turn, effect, outcome)
      break
    case 'revoke':
    case 'disable':
    case 'enable':
    case 'end-overlap':
      applyRevocation(turn, effect, outcome)
      break
  }
}

function applyIssue(turn: Turn, effect: Effect & { kind: 'issue' }, outcome: Outcome): void {
  const attempt = turn.rotation.attempts.find((one) => one.mark === effect.mark)
  if (!attempt) return
  if (outcome.is === 'done') {
    attempt.state = 'issued'
    noteOldEnds(turn, attempt)
    attempt.at = turn.now
    if (outcome.ref) attempt.ref = outcome.ref
    if (outcome.fingerprint) attempt.fingerprint = outcome.fingerprint
    if (outcome.expiresAt !== undefined) attempt.expiresAt = outcome.expiresAt
    return
  }
  attempt.why = outcome.failure.message
  if (isMisfit(outcome.failure)) {
    attempt.misfit = true
    if (outcome.failure.made) attempt.ref = outcome.failure.made
    noteOldEnds(turn, attempt)
  }
  nextTry(turn.rotation, 'issue', turn.now, outcome.failure.retryAfterMs)
  if (outcome.is === 'unknown') attempt.landsBy = Math.max(attempt.landsBy, outcome.landsBy)
  // A repeat that was refused for certain says nothing about the earlier call with the same mark.
  if (attempt.landsBy > 0) attempt.state = 'lost'
  // Refused for certain: no key was created. A failure that does not pass by itself needs a person.
  else attempt.state = isPassing(outcome.failure) ? 'absent' : 'intended'
}

function applyWrite(turn: Turn, effect: Effect & { kind: 'write' }, outcome: Outcome): void {
  const ledger = turn.rotation.targets[effect.target]
  const write = ledger?.writes.find((one) => one.mark === effect.mark)
  if (!ledger || !write) return
  if (outcome.is === 'done') {
    write.state = 'done'
    if (outcome.version) set(write, { version: outcome.version })
    if (outcome.version) ledger.baseline = outcome.version
    if (outcome.version && effect.purpose === 'deploy') ledger.version = outcome.version
    return
  }
  write.state = outcome.is
  // A conflict before the write changed nothing; one found after the write means that it replaced another value.
  if (outcome.is === 'unknown' && outcome.failure.code === 'conflict') noteRace(turn, effect, outcome.failure)
  ledger.failure = outcome.failure
  if (outcome.is === 'unknown') write.landsBy = outcome.landsBy
  ledger.nextTryAt =
    turn.now + backoffMs(ledger.tries, turn.rotation.pin.policy, effect.target, outcome.failure.retryAfterMs)
}

function applyRestart(turn: Turn, effect: Effect & { kind: 'restart' }, outcome: Outcome): void {
  const ledger = turn.rotation.consumers[effect.consumer]
  if (!ledger || ledger.mark !== effect.mark) return
  if (outcome.is === 'done') {
    ledger.state = 'restarting'
    return
  }
  // A repeated restart is harmless, so one that may or may not have happened is simply done again.
  ledger.state = 'untouched'
  ledger.why = outcome.failure.message
  ledger.nextTryAt = turn.now + backoffMs(ledger.tries, turn.rotation.pin.policy, effect.consumer)
}

function applyRetire(turn: Turn, effect: Effect & { kind: 'retire' }, outcome: Outcome): void {
  const ledger = turn.rotation.targets[effect.target]
  if (!ledger) return
  if (outcome.is === 'done') ledger.retired = outcome.retired ?? 'gone'
  else if (outcome.failure.code === 'not_found') ledger.retired = 'gone'
  else ledger.failure = outcome.failure
}

function applyRevocation(turn: Turn, effect: Effect & { kind: EndKind }, outcome: Outcome): void {
  const revocation = effect.attempt ? turn.rotation.withdrawal : revocationOf(turn)
  if (!revocation) return
  if (outcome.is !== 'done') revocation.why = outcome.failure.message
  if (outcome.is === 'unknown') revocation.landsBy = outcome.landsBy
  if (effect.kind === 'disable') {
    applyDisable(turn, revocation, outcome)
    return
  }
  if (effect.kind === 'enable') {
    applyEnable(turn, revocation, outcome)
    return
  }
  if (outcome.is === 'not-done' && outcome.failure.code !== 'not_found') {
    refuseRevocation(turn, revocation, effect, outcome.failure)
    return
  }
  // The issuer's confirmation settles earlier tries; that it does not know the key is not a confirmation.
  if (outcome.is === 'done') delete revocation.why
  revocation.state = 'answered'
  revocation.answeredAt = turn.now
}

/** Refused for certain: nothing has to settle, and a refusal that passes is no try. */
function refuseRevocation(
  turn: Turn,
  revocation: Revocation,
  effect: { attempt?: string },
  failure: Failure,
): void {
  const name = effect.attempt ? 'revoke-new' : 'revoke'
  const nextAt = nextTry(turn.rotation, name, turn.now, failure.retryAfterMs)
  revocation.state = 'answered'
  revocation.nextTryAt = Math.max(revocation.nextTryAt, nextAt)
  if (isPassing(failure)) revocation.tries = Math.max(0, revocation.tries - 1)
}

function applyDisable(turn: Turn, revocation: Revocation, outcome: Outcome): void {
  // A disable that may have happened is treated as done: what follows reads, then revokes or enables again.
  if (outcome.is !== 'not-done') {
    revocation.state = 'disabled'
    return
  }
  if (isPassing(outcome.failure)) {
    revocation.nextTryAt = nextTry(turn.rotation, 'disable', turn.now, outcome.failure.retryAfterMs)
    return
  }
  // The issuer does not disable at all: the rotation continues without that step.
  turn.rotation.pin.issuer.canDisable = false
}

/** Enabled again, the old key stays so until the next look; a disable that may still take effect is undone once more. */
function applyEnable(turn: Turn, revocation: Revocation, outcome: Outcome): void {
  const { now, rotation } = turn
  if (outcome.is !== 'done') {
    revocation.nextTryAt = nextTry(rotation, 'enable', now, outcome.failure.retryAfterMs)
    return
  }
  if (revocation.landsBy > now) {
    revocation.nextTryAt = revocation.landsBy
    return
  }
  revocation.state = 'none'
  revocation.nextTryAt = now + rotation.pin.policy.retryMaxMs
}

/** Outcomes of intents that a process left open: whether they were sent is unknown, and they may still take effect. */
export function outcomesOfCrash(
  record: KeyRecord,
  settleOf: (effect: Effect) => number,
): { effect: Effect; outcome: Outcome }[] {
  const rotation = record.rotation
  if (!rotation) return []
  return rotation.intents.map(({ effect, leaseUntil }) => ({
    effect,
    outcome: {
      is: 'unknown',
      landsBy: leaseUntil + rotation.pin.policy.callLimitMs + settleOf(effect),
      failure: {
        code: 'unavailable',
        message: 'the process ended before it got an answer',
        nextStep: 'Keyrota finds out whether it happened.',
        effect: 'unknown',
      },
    },
  }))
}

function sayOutcome(effect: Effect, outcome: Outcome): string {
  if (outcome.is === 'done') return `${effect.kind}: done`
  return `${effect.kind}: ${outcome.is === 'unknown' ? 'outcome unknown' : 'refused'}: ${outcome.failure.message}`
}

function sayEvidence(outcome: Outcome): Record<string, unknown> {
  if (outcome.is === 'done') {
    const { ref, fingerprint, version } = outcome
    return {
      ...(ref ? { id: ref.id } : {}),
      ...(fingerprint ? { fingerprint } : {}),
      ...(version ? { version } : {}),
    }
  }
  return { code: outcome.failure.code, ...(outcome.is === 'unknown' ? { landsBy: outcome.landsBy } : {}) }
}

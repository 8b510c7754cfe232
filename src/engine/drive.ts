/** The loop that drives a running rotation: ask, decide, commit, send, ask again. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import { refresh, restartPreflight } from '../workflow/between/start.ts'
import { restartTimes, sayLength } from '../workflow/between/times.ts'
import { canDiscard } from '../workflow/stopped.ts'
import type { Answers } from '../workflow/words/questions.ts'
import type { Act } from '../workflow/words/turn.ts'
import { applyResults, decideNext, questionsFor } from '../workflow/workflow.ts'
import { ask } from './ask.ts'
import type { ClaimAtHand } from './at-hand.ts'
import { compareIssuerClock, sayRestart } from './believe-times.ts'
import { recoverIntents } from './recover.ts'
import { commitThenSend } from './send.ts'
import { sleepAside } from './slots.ts'
import { type At, stepOf, tellStep } from './tell-course.ts'
import { isKillAhead, sleepsUntil } from './waits.ts'
import { windDown } from './wind-down.ts'

/** Rounds of the loop without a commit; a rotation that only asks is a defect. */
const MAX_IDLE_ROUNDS = 10_000
/** A wait of this length is committed first, so that status shows why nothing happens. */
const LONG_WAIT_MS = 5_000

export type DriveEnd = 'ended' | 'waiting' | 'standing' | 'stopped'

/**
 * Drives the running rotation of a claimed key: ask, decide, commit, send, until it ends, is blocked, or waits for
 * longer than this process does. The claim is released with the last commit, and `begun` stands in the first.
 */
export async function drive(
  hand: ClaimAtHand,
  start: KeyRecord,
  begun: readonly AuditEntry[],
): Promise<{ end: DriveEnd; record: KeyRecord }> {
  const state = await prepare(hand, start)
  state.audit.unshift(...begun)
  for (let idle = 0; idle < MAX_IDLE_ROUNDS; idle++) {
    if (hand.stop.aborted) return stopHere(hand, state)
    const next = await takeRound(hand, state)
    const end = await follow(hand, state, next)
    if (end) return { end, record: state.record }
    if (!state.idle) idle = 0
    state.idle = true
  }
  throw new Error(`${start.key}: the rotation asked ${MAX_IDLE_ROUNDS} times without getting anywhere`)
}

interface State {
  record: KeyRecord
  /** Outcomes are in the record that no commit carries yet. */
  dirty: boolean
  idle: boolean
  /** No decision was made since the claim. */
  claimed: boolean
  /** What the clock has jumped since the drive began: `runUntil` is a time of before. */
  waitsLongerMs: number
  audit: AuditEntry[]
  events: NotifyEvent[]
  /** Why it waits, as the journal has it. */
  told?: string | undefined
  at: At
}

async function prepare(hand: ClaimAtHand, start: KeyRecord): Promise<State> {
  const record = structuredClone(start)
  refresh(record)
  const present = await hand.world.pin()
  if (present) restartPreflight(record, present, hand.now())
  const state: State = {
    record,
    dirty: false,
    idle: true,
    claimed: true,
    waitsLongerMs: 0,
    audit: [],
    events: [],
    at: stepOf(start),
  }
  const recovered = recoverIntents(record, hand.now())
  if (recovered) take(state, recovered)
  return state
}

async function takeRound(hand: ClaimAtHand, state: State): Promise<Act> {
  takeJump(hand, state)
  const since = { claimed: state.claimed }
  const questions = questionsFor(state.record, hand.now(), since)
  const answers = await ask({ ...hand, runUntil: runUntilOf(hand, state) }, subjectOf(state), questions)
  // The clock jumped while we asked: nothing is decided by the new time before every timer has begun again.
  if (takeJump(hand, state) || takeOpinion(hand, state, answers)) return { do: 'ask' }
  const decided = decideNext(state.record, answers, hand.now(), since)
  take(state, decided)
  state.claimed = false
  return decided.next
}

/** Wall and monotonic clock disagree: timers begin again, and this process waits as long as it meant to. */
function takeJump(hand: ClaimAtHand, state: State): boolean {
  const jumpMs = hand.claimed.takeJumpMs()
  if (jumpMs === 0) return false
  state.waitsLongerMs += jumpMs
  beginAgain(hand, state, `the clock was set by ${sayLength(jumpMs)} while this process ran`, jumpMs)
  return true
}

/** The issuer's clock says that the record was written by another time than ours. */
function takeOpinion(hand: ClaimAtHand, state: State, { probe }: Answers): boolean {
  const why = compareIssuerClock(state.record, probe)
  if (why === null) return false
  beginAgain(hand, state, why)
  return true
}

/** All times begin again, visibly. */
function beginAgain(hand: ClaimAtHand, state: State, why: string, jumpMs?: number): void {
  const reading = hand.claimed.reading()
  restartTimes(state.record, state.record.rotation?.pin ?? null, reading, jumpMs)
  const { entry, event } = sayRestart(state.record, reading.now, why)
  state.audit.push(entry)
  state.events.push(event)
}

function runUntilOf(hand: ClaimAtHand, state: State): number {
  return hand.runUntil + state.waitsLongerMs
}

function subjectOf({ record }: State): { record: KeyRecord; pin: Pin } {
  if (!record.rotation) throw new Error(`${record.key} has no running rotation`)
  return { record, pin: record.rotation.pin }
}

function take(
  state: State,
  change: { record: KeyRecord; audit: readonly AuditEntry[]; events: readonly NotifyEvent[] },
): void {
  state.record = change.record
  state.audit.push(...change.audit)
  state.events.push(...change.events)
}

async function follow(hand: ClaimAtHand, state: State, next: Act): Promise<DriveEnd | null> {
  switch (next.do) {
    case 'ask':
      return null
    case 'commit':
      await commit(hand, state)
      return null
    case 'perform':
      await send(hand, state)
      return null
    case 'wait':
      return waitFor(hand, state, next.until)
    case 'stand':
      // A person set a deadline for a leaked key: the process stays until it is kept.
      if (isKillAhead(state.record, hand.now(), runUntilOf(hand, state)))
        return waitFor(hand, state, next.wakeAt)
      state.record.wakeAt = next.wakeAt
      await commit(hand, state, { release: true })
      return 'standing'
    case 'end':
      await end(hand, state)
      return 'ended'
  }
}

async function send(hand: ClaimAtHand, state: State): Promise<void> {
  const intents = state.record.rotation?.intents ?? []
  const results = await commitThenSend(hand, subjectOf(state), {
    intents,
    commit: () => commit(hand, state),
  })
  take(state, applyResults(state.record, results, hand.now()))
  state.dirty = true
  // The id of a key that was just made is the one thing that cannot be asked for again with certainty.
  if (results.some(({ effect }) => effect.kind === 'issue')) await commit(hand, state)
}

async function waitFor(hand: ClaimAtHand, state: State, until: number): Promise<DriveEnd | null> {
  const { rotation } = state.record
  const now = hand.now()
  const holdUntil = hand.holdUntil + state.waitsLongerMs
  const sleepUntil = sleepsUntil(state.record, { until, now, runUntil: runUntilOf(hand, state), holdUntil })
  if (sleepUntil === null) {
    state.record.wakeAt = until
    await commit(hand, state, { release: true })
    return 'waiting'
  }
  const long = until - now >= LONG_WAIT_MS && rotation?.hold?.reason !== state.told
  if (state.dirty || state.events.length > 0 || long) await commit(hand, state)
  if (rotation) hand.watch?.waiting?.(rotation, sleepUntil, state.record.key)
  await sleepAside(hand, sleepUntil - hand.now(), hand.stop)
  return null
}

/** Stopped by a signal: a key that only this process holds is ended, as far as the rules let it, and the claim released. */
async function stopHere(hand: ClaimAtHand, state: State): Promise<{ end: DriveEnd; record: KeyRecord }> {
  const { rotation } = state.record
  const rounds = {
    take: () => takeRound(hand, state),
    send: () => send(hand, state),
    commit: () => commit(hand, state),
    end: () => end(hand, state),
  }
  if (canDiscard(rotation) && (await windDown(hand, rotation, rounds)))
    return { end: 'ended', record: state.record }
  state.record.wakeAt = hand.now()
  await commit(hand, state, { release: true })
  return { end: 'stopped', record: state.record }
}

async function end(hand: ClaimAtHand, state: State): Promise<void> {
  const finished = state.record.rotation
  if (!finished) throw new Error('no rotation to end')
  const whole = structuredClone(state.record)
  state.record.rotation = null
  await commit(hand, state, { release: true, finished: { id: finished.id, record: whole } })
  const { key, last } = state.record
  const durationMs = Math.max(0, hand.now() - finished.startedAt)
  if (last)
    hand.watch?.ended?.({ key, rotation: finished.id, end: last.end, reason: finished.reason, durationMs })
}

async function commit(
  hand: ClaimAtHand,
  state: State,
  more: { release?: boolean; finished?: { id: string; record: KeyRecord } } = {},
): Promise<void> {
  const { audit, events } = state
  // Should this process die, the end of its lease is when the next one should look.
  if (state.record.rotation && !more.release) state.record.wakeAt = hand.claimed.leaseUntil()
  await hand.claimed.commit({ record: structuredClone(state.record), audit, ...more })
  state.told = state.record.rotation?.hold?.reason
  state.audit = []
  state.events = []
  state.dirty = false
  state.idle = false
  state.at = tellStep(hand, state.at, state.record)
  hand.watch?.committed?.(audit)
  for (const event of events) hand.world.tell(event)
}

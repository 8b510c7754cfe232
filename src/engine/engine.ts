import { LeaseOverError } from '../contracts/errors.ts'
import type { AuditEntry, Journal } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Effect, KeyRecord, Pin, Rotation } from '../contracts/record.ts'
import { refresh, restartPreflight, restartTimers } from '../workflow/between/start.ts'
import type { Act } from '../workflow/words/turn.ts'
import { applyResults, decideNext, questionsFor } from '../workflow/workflow.ts'
import { ask } from './ask.ts'
import { performAll } from './perform.ts'
import { recoverIntents } from './recover.ts'
import { type Session, sleep } from './session.ts'
import type { Values } from './values.ts'
import { isKillAhead, sleepsUntil } from './waits.ts'
import type { World } from './world.ts'

/** Turns of the loop without a commit; a rotation that only asks is a defect, not patience. */
const MAX_IDLE_TURNS = 10_000
/** A wait of this length is committed first, so that others see why nothing happens. */
const LONG_WAIT_MS = 5_000

export interface Drive {
  journal: Journal
  session: Session
  world: World
  values: Values
  /** Until when this process waits, in the journal's time; later waits are left to the next look. */
  runUntil: number
  /** Ends the drive after the call under way. */
  stop: AbortSignal
  random: () => string
  watch?: Watcher
}

/** Hears of what was committed and of waits, for progress on a terminal and for logs. */
export interface Watcher {
  committed?(audit: readonly AuditEntry[]): void
  waiting?(rotation: Rotation, until: number): void
}

export type DriveEnd = 'ended' | 'waiting' | 'standing' | 'stopped'

/**
 * Drives the running rotation of a claimed key: ask, decide, commit, perform, until it ends, stands, or waits for
 * longer than this process does. The claim is released with the last commit.
 */
export async function drive(driving: Drive, start: KeyRecord): Promise<{ end: DriveEnd; record: KeyRecord }> {
  const state = await prepare(driving, start)
  for (let idle = 0; idle < MAX_IDLE_TURNS; idle++) {
    if (driving.stop.aborted) return stopHere(driving, state)
    const next = await turn(driving, state)
    const end = await follow(driving, state, next)
    if (end) return { end, record: state.record }
    if (!state.idle) idle = 0
    state.idle = true
  }
  throw new Error(`${start.key}: the rotation asked ${MAX_IDLE_TURNS} times without getting anywhere`)
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
}

async function prepare(driving: Drive, start: KeyRecord): Promise<State> {
  const record = structuredClone(start)
  refresh(record)
  const present = await driving.world.pin()
  if (present) restartPreflight(record, present, driving.session.now())
  const state: State = {
    record,
    dirty: false,
    idle: true,
    claimed: true,
    waitsLongerMs: 0,
    audit: [],
    events: [],
  }
  const recovered = recoverIntents(record, driving.session.now())
  if (recovered) take(state, recovered)
  return state
}

async function turn(driving: Drive, state: State): Promise<Act> {
  const { session } = driving
  takeJump(driving, state)
  const since = { claimed: state.claimed }
  const questions = questionsFor(state.record, session.now(), since)
  const answers = await ask(asking(driving, state), questions)
  // The clock jumped while we asked: nothing is decided by the new time before every timer has begun again.
  if (takeJump(driving, state)) return { do: 'ask' }
  const decided = decideNext(state.record, answers, session.now(), since)
  take(state, decided)
  state.claimed = false
  return decided.next
}

/** Wall and monotonic clock disagree: timers begin again, and this process waits as long as it meant to. */
function takeJump(driving: Drive, state: State): boolean {
  const jumpMs = driving.session.takeJumpMs()
  if (jumpMs === 0) return false
  state.waitsLongerMs += jumpMs
  restartTimers(state.record, driving.session.now())
  return true
}

function runUntilOf(driving: Drive, state: State): number {
  return driving.runUntil + state.waitsLongerMs
}

function asking(driving: Drive, state: State) {
  const { world, values, journal, session, random } = driving
  const { record } = state
  return {
    world,
    values,
    journal,
    record,
    pin: pinOf(record),
    runUntil: runUntilOf(driving, state),
    random,
    now: () => session.now(),
    beforeSend: session.beforeSend,
  }
}

function take(
  state: State,
  change: { record: KeyRecord; audit: readonly AuditEntry[]; events: readonly NotifyEvent[] },
): void {
  state.record = change.record
  state.audit.push(...change.audit)
  state.events.push(...change.events)
}

async function follow(driving: Drive, state: State, next: Act): Promise<DriveEnd | null> {
  switch (next.do) {
    case 'ask':
      return null
    case 'commit':
      await commit(driving, state)
      return null
    case 'perform':
      await perform(driving, state, next.effects)
      return null
    case 'wait':
      return waitFor(driving, state, next.until)
    case 'stand':
      // Whoever declared a deadline for a leaked key wants it kept: the process stays for it.
      if (isKillAhead(state.record, driving.session.now(), runUntilOf(driving, state)))
        return waitFor(driving, state, next.wakeAt)
      state.record.wakeAt = next.wakeAt
      await commit(driving, state, { release: true })
      return 'standing'
    case 'end':
      await end(driving, state)
      return 'ended'
  }
}

async function perform(driving: Drive, state: State, effects: readonly Effect[]): Promise<void> {
  const leaseUntil = driving.session.leaseUntil()
  for (const intent of state.record.rotation?.intents ?? []) intent.leaseUntil = leaseUntil
  await commit(driving, state)
  const { world, values, session } = driving
  const results = await performAll(
    {
      world,
      values,
      record: state.record,
      pin: pinOf(state.record),
      now: () => session.now(),
      beforeSend: () => {
        session.beforeSend()
        // Whoever takes over counts from the lease that the intent names: nothing is sent under a later one.
        if (session.now() >= leaseUntil) throw new LeaseOverError()
      },
    },
    effects,
  )
  take(state, applyResults(state.record, results, session.now()))
  state.dirty = true
  // The id of a key that was just made is the one thing that cannot be asked for again with certainty.
  if (effects.some((effect) => effect.kind === 'issue')) await commit(driving, state)
}

async function waitFor(driving: Drive, state: State, until: number): Promise<DriveEnd | null> {
  const { session, stop, watch } = driving
  const { rotation } = state.record
  const now = session.now()
  const sleepUntil = sleepsUntil(state.record, { until, now, runUntil: runUntilOf(driving, state) })
  if (sleepUntil === null) {
    state.record.wakeAt = until
    await commit(driving, state, { release: true })
    return 'waiting'
  }
  const long = until - now >= LONG_WAIT_MS && rotation?.hold?.reason !== state.told
  if (state.dirty || state.events.length > 0 || long) await commit(driving, state)
  if (rotation) watch?.waiting?.(rotation, sleepUntil)
  await sleep(sleepUntil - session.now(), stop)
  return null
}

/** Asked to stop: what is only in memory is given up, in the record too, and the key is let go. */
async function stopHere(driving: Drive, state: State): Promise<{ end: DriveEnd; record: KeyRecord }> {
  state.record.wakeAt = driving.session.now()
  await commit(driving, state, { release: true })
  return { end: 'stopped', record: state.record }
}

async function end(driving: Drive, state: State): Promise<void> {
  const finished = state.record.rotation
  if (!finished) throw new Error('no rotation to end')
  const whole = structuredClone(state.record)
  state.record.rotation = null
  await commit(driving, state, { release: true, finished: { id: finished.id, record: whole } })
}

async function commit(
  driving: Drive,
  state: State,
  more: { release?: boolean; finished?: { id: string; record: KeyRecord } } = {},
): Promise<void> {
  const { audit, events } = state
  // Should this process die, the end of its lease is when somebody should look.
  if (state.record.rotation && !more.release) state.record.wakeAt = driving.session.leaseUntil()
  await driving.session.commit({ record: structuredClone(state.record), audit, ...more })
  state.told = state.record.rotation?.hold?.reason
  state.audit = []
  state.events = []
  state.dirty = false
  state.idle = false
  driving.watch?.committed?.(audit)
  for (const event of events) driving.world.tell(event)
}

function pinOf(record: KeyRecord): Pin {
  if (!record.rotation) throw new Error(`${record.key} has no running rotation`)
  return record.rotation.pin
}

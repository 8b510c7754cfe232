/*
 * Read first: the steps of a rotation and the way between them. Everything here is a function of a record, answers and
 * a time; `engine/` asks, commits and performs. Which rules the protocol keeps, and why: RULES.md.
 */
import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Effect, KeyRecord, Outcome, Rotation, Step } from '../contracts/record.ts'
import { applyOutcomes } from './outcomes.ts'
import { judgeJournalAge, questionsOfAge } from './rollout/journal-age.ts'
import { judgeDeadline } from './rollout/kill-by.ts'
import * as preflight from './steps/0-preflight.ts'
import * as create from './steps/1-create.ts'
import * as deploy from './steps/2-deploy.ts'
import * as validate from './steps/3-validate.ts'
import * as revoke from './steps/4-revoke.ts'
import * as finish from './steps/5-finish.ts'
import * as rollback from './steps/rollback.ts'
import type { Answers, Question } from './words/questions.ts'
import { type Act, type Next, note, notify, raise, startAfresh, type Turn } from './words/turn.ts'

interface StepModule {
  /** What it has to know before it decides. */
  questions(turn: Turn): Question[]
  decide(turn: Turn): Next
  /** Judged before the step itself; null: the step decides. */
  first?(turn: Turn): Next | null
}

/** The steps in the order of execution. From deploy on, a deadline for a leaked old key comes before anything else. */
const steps = {
  preflight,
  create,
  deploy: { ...deploy, first: judgeDeadline },
  validate: { ...validate, first: judgeDeadline },
  revoke: { ...revoke, first: judgeDeadline },
  /** Entered from any step until the intent to revoke the old key is committed. */
  rollback,
} satisfies Record<Step, StepModule>

/** The way between the steps: follows what a step returned until it is an act. */
function follow(turn: Turn, next: Next): Act {
  switch (next.do) {
    case 'enter':
      enter(turn, next.step, next.why)
      return { do: next.after }
    case 'begin':
      enter(turn, next.step, next.why)
      return follow(turn, steps[next.step].begin(turn))
    case 'turn-back':
      return follow(turn, rollback.begin(turn, next.why, next.after))
    case 'finish':
      return follow(turn, finish.begin(turn, next.end))
    default:
      return next
  }
}

function enter(turn: Turn, step: Step, why: string): void {
  turn.rotation.step = step
  turn.rotation.stepSince = turn.now
  startAfresh(turn)
  note(turn, 'step', why, { step })
}

/** Where the rotation is; once it is ending, the last look for keys of lost answers. */
function stepOf({ ending, step }: Rotation): StepModule {
  return ending ? finish : steps[step]
}

export interface Decided {
  record: KeyRecord
  next: Act
  audit: AuditEntry[]
  events: NotifyEvent[]
}

const nothing: Answers = {
  targets: {},
  checks: {},
  found: {},
  consumers: {},
  holders: {},
  held: [],
  present: null,
  runUntil: 0,
}

/**
 * What the running rotation of this record has to know before its next decision. Right after a claim it also asks
 * for what would show that the journal is an old copy.
 */
export function questionsFor(record: KeyRecord, now: number, since: { claimed?: boolean } = {}): Question[] {
  const turn = draftOf(record, nothing, now)
  const asked = stepOf(turn.rotation).questions(turn)
  return since.claimed ? withoutRepeats([...asked, ...questionsOfAge(turn)]) : asked
}

function withoutRepeats(questions: readonly Question[]): Question[] {
  return [...new Map(questions.map((question) => [JSON.stringify(question), question])).values()]
}

/** The next decision: a new record (the one passed in is not changed), what to do, and what to report. */
export function decideNext(
  record: KeyRecord,
  answers: Answers,
  now: number,
  since: { claimed?: boolean } = {},
): Decided {
  const turn = draftOf(record, answers, now)
  alarmBilling(turn)
  const step = stepOf(turn.rotation)
  const old = since.claimed ? judgeJournalAge(turn) : null
  const next = follow(turn, old ?? step.first?.(turn) ?? step.decide(turn))
  return { record: turn.record, next, audit: turn.audit, events: turn.events }
}

/** The record with the outcomes of its open intents. */
export function applyResults(
  record: KeyRecord,
  results: readonly { effect: Effect; outcome: Outcome }[],
  now: number,
): Omit<Decided, 'next'> {
  const turn = draftOf(record, nothing, now)
  applyOutcomes(turn, results)
  return { record: turn.record, audit: turn.audit, events: turn.events }
}

function draftOf(record: KeyRecord, answers: Answers, now: number): Turn {
  const draft = structuredClone(record)
  if (!draft.rotation) throw new Error(`${record.key} has no running rotation`)
  return { record: draft, rotation: draft.rotation, answers, now, audit: [], events: [] }
}

/** A probe that the service answered with real work may have cost money: this raises an alarm at once. */
function alarmBilling(turn: Turn): void {
  const probes = turn.answers.probe
  if (!probes || ![probes.garbage, ...Object.values(probes.subjects)].some((answer) => answer.mayHaveBilled))
    return
  note(turn, 'may-have-billed', 'a probe was answered with success: something may have been billed')
  if (!raise(turn, 'billed')) return
  notify(
    turn,
    'alarm',
    'probe-may-have-billed',
    `a probe of ${turn.rotation.pin.issuer.name} was answered with success: something may have been billed`,
  )
}

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
import { questionsOfUsers } from './rollout/old-key-users.ts'
import * as preflight from './steps/0-preflight.ts'
import * as create from './steps/1-create.ts'
import * as deploy from './steps/2-deploy.ts'
import * as validate from './steps/3-validate.ts'
import * as revoke from './steps/4-revoke.ts'
import * as finish from './steps/5-finish.ts'
import * as rollback from './steps/rollback.ts'
import type { Answers, Question } from './words/questions.ts'
import { type Act, type Next, note, notify, raise, startAfresh, type Turn } from './words/turn.ts'

interface Row {
  /** What the step has to know before it decides. */
  questions: (turn: Turn) => Question[]
  /** What another step starts here, in the same decision. */
  begin?: (turn: Turn) => Next
  /** Judged before the step decides; null: the step decides. */
  first?: (turn: Turn) => Next | null
  decide: (turn: Turn) => Next
}

/**
 * The steps in the order of execution. From deploy on, a deadline for a leaked old key comes before anything else. A
 * rollback is entered from any of them until the intent to revoke the old key is committed.
 */
const steps = {
  preflight: { questions: preflight.questions, decide: preflight.decide },
  create: { questions: create.questions, begin: create.begin, decide: create.decide },
  deploy: { questions: deploy.questions, begin: deploy.begin, first: judgeDeadline, decide: deploy.decide },
  validate: { questions: validate.questions, first: judgeDeadline, decide: validate.decide },
  revoke: { questions: revoke.questions, begin: revoke.begin, first: judgeDeadline, decide: revoke.decide },
  rollback: { questions: rollback.questions, decide: rollback.decide },
} satisfies Record<Step, Row>

/** Once a rotation is ending: the last look for keys whose creation had no answer. */
const ending: Row = { questions: finish.questions, decide: finish.decide }

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

function rowOf({ ending: end, step }: Rotation): Row {
  return end ? ending : steps[step]
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
  const asked = rowOf(turn.rotation).questions(turn)
  // A deadline names whom it breaks, in whichever step it comes.
  if (turn.rotation.compromised?.killBy !== undefined) asked.push(...questionsOfUsers(turn))
  return withoutRepeats(since.claimed ? [...asked, ...questionsOfAge(turn)] : asked)
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
  const { first, decide } = rowOf(turn.rotation)
  const old = since.claimed ? judgeJournalAge(turn) : null
  const next = follow(turn, old ?? first?.(turn) ?? decide(turn))
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
  note(turn, 'may-have-billed', 'the service accepted a probe request: something may have been billed')
  if (!raise(turn, 'billed')) return
  notify(
    turn,
    'alarm',
    'probe-may-have-billed',
    `${turn.rotation.pin.issuer.name} accepted a probe request: something may have been billed`,
  )
}

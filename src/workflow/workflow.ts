import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Effect, KeyRecord, Outcome, Step } from '../contracts/record.ts'
import { applyOutcomes } from './outcomes.ts'
import { judgeJournalAge, questionsOfAge } from './rollout/journal-age.ts'
import * as preflight from './steps/0-preflight.ts'
import * as create from './steps/1-create.ts'
import * as deploy from './steps/2-deploy.ts'
import * as validate from './steps/3-validate.ts'
import * as revoke from './steps/4-revoke.ts'
import { finish, questionsOfSweep, sweep } from './steps/5-finish.ts'
import * as rollback from './steps/rollback.ts'
import { beginRollback } from './steps/rollback.ts'
import type { Answers, Question } from './words/questions.ts'
import { type Act, enter, type Next, note, type Turn, tell } from './words/turn.ts'

interface StepModule {
  questions(turn: Turn): Question[]
  decide(turn: Turn): Next
}

/** The whole workflow, in the order of execution; rollback is entered from any of them before the revoke intent. */
const steps: Record<Step, StepModule> = { preflight, create, deploy, validate, revoke, rollback }

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
 * What the running rotation of this record wants to know before the next decision. Right after a claim it also asks
 * for what would show that the journal is an old copy.
 */
export function questionsFor(record: KeyRecord, now: number, since: { claimed?: boolean } = {}): Question[] {
  const turn = begin(record, nothing, now)
  const asked = turn.rotation.ending ? questionsOfSweep(turn) : steps[turn.rotation.step].questions(turn)
  return since.claimed ? withoutRepeats([...asked, ...questionsOfAge(turn)]) : asked
}

function withoutRepeats(questions: readonly Question[]): Question[] {
  return [...new Map(questions.map((question) => [JSON.stringify(question), question])).values()]
}

/** The next decision: a new record (the one handed in is left alone), what to do, and what to tell. Sees no clock. */
export function decideNext(
  record: KeyRecord,
  answers: Answers,
  now: number,
  since: { claimed?: boolean } = {},
): Decided {
  const turn = begin(record, answers, now)
  alarmBilling(turn)
  const next = follow(turn, (since.claimed ? judgeJournalAge(turn) : null) ?? decideStep(turn))
  return { record: turn.record, next, audit: turn.audit, events: turn.events }
}

function decideStep(turn: Turn): Next {
  const { ending, step } = turn.rotation
  return ending ? sweep(turn, ending) : steps[step].decide(turn)
}

/** Goes where a step's answer leads, until it is an act. */
function follow(turn: Turn, next: Next): Act {
  switch (next.do) {
    case 'begin':
      enter(turn, next.step, next.why)
      return follow(turn, next.step === 'create' ? create.begin(turn) : deploy.begin(turn))
    case 'turn-back':
      return follow(turn, beginRollback(turn, next.why, next.after))
    case 'finish':
      return follow(turn, finish(turn, next.end))
    default:
      return next
  }
}

/** The record after its open intents came to these outcomes. */
export function applyResults(
  record: KeyRecord,
  results: readonly { effect: Effect; outcome: Outcome }[],
  now: number,
): Omit<Decided, 'next'> {
  const turn = begin(record, nothing, now)
  applyOutcomes(turn, results)
  return { record: turn.record, audit: turn.audit, events: turn.events }
}

function begin(record: KeyRecord, answers: Answers, now: number): Turn {
  const draft = structuredClone(record)
  if (!draft.rotation) throw new Error(`${record.key} has no running rotation`)
  return { record: draft, rotation: draft.rotation, answers, now, audit: [], events: [] }
}

/** A probe that was answered by real work may have cost money: people hear of it at once. */
function alarmBilling(turn: Turn): void {
  const probes = turn.answers.probe
  if (!probes || ![probes.garbage, ...Object.values(probes.subjects)].some((answer) => answer.mayHaveBilled))
    return
  note(turn, 'may-have-billed', 'a probe was answered with success: something may have been billed')
  if (turn.rotation.tries.billed) return
  turn.rotation.tries.billed = { count: 1, nextAt: turn.now }
  tell(
    turn,
    'alarm',
    'probe-may-have-billed',
    `a probe of ${turn.rotation.pin.issuer.name} was answered with success: something may have been billed`,
  )
}

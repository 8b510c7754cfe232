/** What is shown at an object: conditions beside those that the journal writes from the record. */
import type { Answer, KeyProblem, Notice } from '../../../src/contracts/key-source.ts'
import type { Condition } from './objects.ts'

/** The API allows 32,768 characters; a terminal shows fewer with profit. */
const MAX_MESSAGE = 4_000

export type Shown = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>

const INVALID = 'InvalidSpec'
const CLOSED = 'NamespaceNotOpened'

/** The conditions that this notice is, given those that are there; null: nothing is to be written. */
export function conditionsOf(notice: Notice, present: readonly Condition[]): Shown[] | null {
  const wanted = toConditions(notice, present)
  const isThere = wanted.every((one) =>
    present.some(
      ({ type, status, reason, message }) =>
        type === one.type && status === one.status && reason === one.reason && message === one.message,
    ),
  )
  return isThere ? null : wanted
}

function toConditions(notice: Notice, present: readonly Condition[]): Shown[] {
  if (notice.is === 'leaving') {
    const reason = notice.isBlocked ? 'Blocked' : 'EndsFirst'
    return [{ type: 'Deleting', status: 'True', reason, message: clip(notice.text) }]
  }
  if (notice.is === 'refused') {
    const isClosed = notice.problems.some(({ path }) => path === 'metadata.namespace')
    const reason = isClosed ? CLOSED : INVALID
    return [
      { type: 'Ready', status: 'False', reason, message: clip(notice.problems.map(sayProblem).join('; ')) },
    ]
  }
  const ready = present.find(({ type }) => type === 'Ready')
  // What the record says is the journal's to show.
  if (ready && ready.reason !== INVALID && ready.reason !== CLOSED) return []
  const message = 'the declaration is accepted; its targets are read next'
  return [{ type: 'Ready', status: 'Unknown', reason: 'Accepted', message }]
}

/** As `check` says it, on one line. */
function sayProblem({ path, message, expected, suggestion }: KeyProblem): string {
  const more = expected === undefined ? '' : ` (expected: ${expected})`
  return `${path}: ${message}${more}${suggestion === undefined ? '' : ` (did you mean: ${suggestion})`}`
}

/** One condition for the requests that were answered last. */
export function conditionOfAnswers(answers: readonly Answer[]): Shown {
  const isTaken = answers.every((answer) => answer.isTaken)
  const [first, second] = answers
  const name =
    second || !first ? 'Requests' : (first.request.name[0]?.toUpperCase() ?? '') + first.request.name.slice(1)
  const message = answers.map(({ request, text }) => `${request.name}: ${text}`).join('; ')
  return {
    type: 'Answered',
    status: isTaken ? 'True' : 'False',
    reason: `${name}${isTaken ? 'Taken' : 'Refused'}`,
    message: clip(message),
  }
}

/** All conditions of the object: those that are shown now, in the place of what they said before. */
export function mergeConditions(
  present: readonly Condition[],
  shown: readonly Shown[],
  at: { time: string; generation: number | undefined },
): Condition[] {
  const observed = at.generation === undefined ? {} : { observedGeneration: at.generation }
  const kept = present.filter(({ type }) => !shown.some((one) => one.type === type))
  const changed = shown.map((one) => {
    const before = present.find(({ type }) => type === one.type)
    const lastTransitionTime = before?.status === one.status ? before.lastTransitionTime : at.time
    return { ...one, ...observed, lastTransitionTime }
  })
  return [...kept, ...changed]
}

function clip(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE - 1)}…`
}

import type { KeyRef } from '../../contracts/key-issuer.ts'
import { wasSeen } from '../../contracts/listing.ts'
import type { Attempt } from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import {
  block,
  isConfirmed,
  type Next,
  note,
  perform,
  progress,
  type Turn,
  wait,
  waitBounded,
} from '../words/turn.ts'
import { isApi } from './attempts.ts'
import { listDelayMs, rulesOf } from './lifecycle.ts'
import { holdForList, judgeList, showsNames } from './list-control.ts'
import { beginCreate } from './new-key.ts'
import { askOperator } from './operator.ts'
import { settleByReadBack } from './regain-value.ts'
import { questionsOfServiceKey } from './service-key.ts'

/**
 * The answer to a creation never came (RULES.md 1). How that is settled is the lifecycle's: by reading the value again,
 * by asking again, by looking for the key, by replacing it, or by a person.
 */
export function settleLost(turn: Turn, attempt: Attempt): Next {
  const { onLost, createAgain, oldOnCreate } = rulesOf(turn.rotation)
  if (onLost === 'person') return askOperator(turn, 'create')
  if (onLost === 'read-back') return settleByReadBack(turn, attempt)
  if (createAgain === 'ends-new' && onLost !== 'repeat') return replaceLost(turn, attempt)
  if (onLost === 'repeat' && !attempt.misfit) return repeat(turn, attempt)
  if (onLost === 'stop' || onLost === 'repeat')
    return oldOnCreate === 'dies' ? rollAgain(turn, attempt) : stop(turn, attempt)
  // The answer named the key although it does not fit otherwise.
  if (attempt.misfit && attempt.ref) return takeOrphan(turn, attempt, attempt.ref, [attempt.ref])
  return settleByList(turn, attempt, onLost)
}

/** What a lost creation has to know. */
export function questionsOfLost(turn: Turn, attempt: Attempt): Question[] {
  const { onLost, isListed } = rulesOf(turn.rotation)
  if (onLost === 'read-back') return questionsOfServiceKey(turn)
  if (!isListed) return []
  // The list is the control: what is looked for by its mark shows nothing but itself.
  const list: Question = { ask: 'list' }
  return onLost === 'find' ? [{ ask: 'find', mark: attempt.mark, name: attempt.name }, list] : [list]
}

/** A key that is found was created; nobody holds its value, so it is an orphan. */
function settleByList(turn: Turn, attempt: Attempt, onLost: 'find' | 'infer'): Next {
  const { rotation, answers } = turn
  const listed = onLost === 'find' ? (answers.found[attempt.mark] ?? answers.list) : answers.list
  if (!listed) return { do: 'ask' }
  if (listed.is === 'failed') {
    return waitBounded(
      turn,
      nextTry(rotation, 'find', turn.now, listed.failure.retryAfterMs),
      reasons.answerLost,
      listed.failure.message,
    )
  }
  const candidates =
    onLost === 'find' ? listed.keys : listed.keys.filter((key) => !wasSeen(rotation.seen, key.id))
  const [first] = candidates
  if (!first) return judgeNoneFound(turn, attempt)
  if (onLost === 'find' || isInferable(turn)) return takeOrphan(turn, attempt, first, candidates)
  const named = candidates.find((key) => isConfirmed(rotation, confirmationOf('orphan', key.id)))
  if (named) return takeOrphan(turn, attempt, named, [named])
  const ids = candidates.map((key) => key.id).join(', ')
  return block(
    turn,
    reasons.answerLostStop,
    `a key appeared while the answer was lost (${ids}); it may be somebody else's`,
    { needs: confirmationOf('orphan', first.id) },
  )
}

/** The list from before the rotation showed the old key: only then is a key that it did not show a new one. */
export function isInferable({ rotation }: Turn): boolean {
  const { issuer } = rotation.pin
  const { ref } = rotation.old ?? {}
  return (
    isApi(issuer) && issuer.traits.exclusive === true && ref !== undefined && wasSeen(rotation.seen, ref.id)
  )
}

/** That no key is found is final after the quiet time and the list delay, in a list that shows a key it has to show. */
function judgeNoneFound(turn: Turn, attempt: Attempt): Next {
  const { rotation, answers, now } = turn
  const finalAt = attempt.landsBy + listDelayMs(rotation)
  if (now < finalAt) {
    const soon = Math.min(finalAt, nextTry(rotation, 'find', now))
    return wait(
      turn,
      soon,
      reasons.answerLost,
      'the answer to the creation was lost; looking for the key by its mark',
    )
  }
  const nothingMade = confirmationOf('nothing-made', attempt.mark)
  if (!isConfirmed(rotation, nothingMade)) {
    if (answers.list?.is === 'failed') {
      const { message, retryAfterMs } = answers.list.failure
      return waitBounded(turn, nextTry(rotation, 'list', now, retryAfterMs), reasons.answerLost, message)
    }
    if (!answers.list) return { do: 'ask' }
    // Without any key that has to be listed, the key that is made next is the control at the end of the rotation.
    const { keys } = answers.list
    const isFoundByName = rulesOf(rotation).onLost === 'find'
    if (judgeList(turn, keys) === 'broken' || (isFoundByName && !showsNames(turn, keys)))
      return holdForList(turn, `that ${attempt.name} was not created`, { needs: nothingMade })
  }
  attempt.state = 'absent'
  note(turn, 'absent', `${attempt.name} was not created`)
  progress(turn)
  return beginCreate(turn)
}

/** Where the next creation replaces the lost key, there is nothing to look for once the call can no longer land. */
function replaceLost(turn: Turn, attempt: Attempt): Next {
  const { landsBy, name, why = 'no answer' } = attempt
  if (turn.now < landsBy)
    return wait(turn, landsBy, reasons.quiet, `the creation of ${name} may still take effect`)
  attempt.state = 'orphan'
  attempt.why = `the answer to its creation was lost (${why}); the next one replaces it`
  note(turn, 'orphan', `${name}: ${attempt.why}`)
  return { do: 'ask' }
}

/** The old key dies with the creation, so nobody can be using a key that another one would end. */
function rollAgain(turn: Turn, attempt: Attempt): Next {
  const { landsBy, name } = attempt
  if (turn.now < landsBy)
    return wait(turn, landsBy, reasons.quiet, `the creation of ${name} may still take effect`)
  attempt.state = 'absent'
  return beginCreate(turn)
}

function takeOrphan(turn: Turn, attempt: Attempt, ref: KeyRef, found: readonly KeyRef[]): Next {
  attempt.state = 'orphan'
  attempt.ref = ref
  const why = attempt.why ?? 'no answer'
  attempt.why = attempt.misfit
    ? why
    : `the answer to its creation was lost (${why}), so nobody holds its value`
  note(turn, 'orphan', `${attempt.name}: ${attempt.why}`, { ids: found.map((key) => key.id) })
  return { do: 'commit' }
}

/** The issuer returns the same key again for the same mark. */
function repeat(turn: Turn, attempt: Attempt): Next {
  const pause = turn.rotation.tries.issue
  if (pause && pause.nextAt > turn.now) {
    return waitBounded(
      turn,
      pause.nextAt,
      reasons.answerLost,
      `asking again for the answer that was lost: ${attempt.why ?? 'no answer'}`,
    )
  }
  nextTry(turn.rotation, 'issue', turn.now)
  attempt.state = 'intended'
  return perform(
    turn,
    [{ kind: 'issue', mark: attempt.mark, name: attempt.name }],
    'ask again for the answer that was lost',
  )
}

function stop(turn: Turn, attempt: Attempt): Next {
  const { rotation } = turn
  const nothingMade = confirmationOf('nothing-made', attempt.mark)
  const another = confirmationOf('another-key', attempt.mark)
  if (isConfirmed(rotation, nothingMade) || isConfirmed(rotation, another)) {
    // A person who looks earlier cannot know what is still in flight.
    if (turn.now < attempt.landsBy)
      return wait(turn, attempt.landsBy, reasons.quiet, 'the creation may still take effect')
    attempt.state = isConfirmed(rotation, another) ? 'closed' : 'absent'
    return beginCreate(turn)
  }
  const { name } = rotation.pin.issuer
  if (rulesOf(rotation).createAgain === 'ends-old') {
    return block(
      turn,
      reasons.answerLostStop,
      `the answer of ${name} was lost. Look there whether the key was replaced: if it was not, confirm that; if it was, creating another ends the key in use at once (another-key)`,
      { needs: nothingMade },
    )
  }
  return block(
    turn,
    reasons.answerLostStop,
    `the answer of ${name} was lost and asking again is not safe; delete there what was created, then confirm`,
    { needs: nothingMade },
  )
}

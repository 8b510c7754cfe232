import type { KeyRef } from '../../contracts/key-issuer.ts'
import type { Attempt } from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
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
import { beginCreate } from './new-key.ts'
import { askOperator } from './operator.ts'

/**
 * The answer to a creation never came (RULES.md 1). A key found by the mark was created; that none is found is final only
 * after the quiet time and the issuer's list delay. Nobody holds the value of a key that is found: it is an orphan.
 */
export function settleLost(turn: Turn, attempt: Attempt): Next {
  const { issuer } = turn.rotation.pin
  if (!isApi(issuer)) return askOperator(turn, 'create')
  if (issuer.lifecycle === 'roll' || issuer.traits.onLostAnswer === 'stop') return stop(turn, attempt)
  if (issuer.traits.onLostAnswer === 'repeat') return repeat(turn, attempt)
  const listed = turn.answers.found[attempt.mark] ?? turn.answers.list
  if (!listed) return { do: 'ask' }
  if (listed.is === 'failed') {
    return waitBounded(
      turn,
      nextTry(turn.rotation, 'find', turn.now, listed.failure.retryAfterMs),
      reasons.answerLost,
      listed.failure.message,
    )
  }
  const candidates =
    issuer.traits.onLostAnswer === 'find'
      ? listed.keys
      : listed.keys.filter((key) => !turn.rotation.seen.includes(key.id))
  const [first] = candidates
  if (!first) return judgeNoneFound(turn, attempt, issuer.traits.listDelayMs)
  if (issuer.traits.onLostAnswer === 'find' || issuer.traits.exclusive)
    return takeOrphan(turn, attempt, first, candidates)
  const named = candidates.find((key) => isConfirmed(turn.rotation, confirmationOf('orphan', key.id)))
  if (named) return takeOrphan(turn, attempt, named, [named])
  const ids = candidates.map((key) => key.id).join(', ')
  return block(
    turn,
    reasons.answerLostStop,
    `a key appeared while the answer was lost (${ids}); it may be somebody else's`,
    { needs: confirmationOf('orphan', first.id) },
  )
}

function judgeNoneFound(turn: Turn, attempt: Attempt, listDelayMs: number): Next {
  const finalAt = attempt.landsBy + listDelayMs
  if (turn.now < finalAt) {
    const soon = Math.min(finalAt, nextTry(turn.rotation, 'find', turn.now))
    return wait(
      turn,
      soon,
      reasons.answerLost,
      'the answer to the creation was lost; looking for the key by its mark',
    )
  }
  attempt.state = 'absent'
  note(turn, 'absent', `${attempt.name} was not created`)
  progress(turn)
  return beginCreate(turn)
}

function takeOrphan(turn: Turn, attempt: Attempt, ref: KeyRef, found: readonly KeyRef[]): Next {
  attempt.state = 'orphan'
  attempt.ref = ref
  attempt.why = `the answer to its creation was lost (${attempt.why ?? 'no answer'}), so nobody holds its value`
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
  const nothingMade = confirmationOf('nothing-made', attempt.mark)
  if (isConfirmed(turn.rotation, nothingMade)) {
    // A person who looks earlier cannot know what is still in flight.
    if (turn.now < attempt.landsBy)
      return wait(turn, attempt.landsBy, reasons.quiet, 'the creation may still take effect')
    attempt.state = 'absent'
    return beginCreate(turn)
  }
  return block(
    turn,
    reasons.answerLostStop,
    `the answer of ${turn.rotation.pin.issuer.name} was lost and asking again is not safe; delete there what was created, then confirm`,
    { needs: nothingMade },
  )
}

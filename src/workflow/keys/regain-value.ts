import type { Attempt } from '../../contracts/record.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { type Next, note, progress, type Turn, wait, waitBounded } from '../words/turn.ts'
import { noteOldEnds } from './deadline.ts'
import { beginCreate } from './new-key.ts'
import { holdForReadBack, isWithoutKey, judgeRollAgain } from './service-key.ts'

/** The value of a key that is current at the service was lost: it is read again, or a person decides. */
export function regainValue(turn: Turn, attempt: Attempt, why: string): Next {
  const { rotation } = turn
  attempt.why = why
  if (rotation.pin.issuer.canReadBack) {
    attempt.state = 'lost'
    note(turn, 'value-lost', `${attempt.name}: ${why}; reading it at ${rotation.pin.issuer.name}`)
    return { do: 'enter', step: 'create', why: `${why}; reading it again`, after: 'ask' }
  }
  const stopped = judgeRollAgain(turn)
  if (stopped) return stopped
  attempt.state = 'closed'
  return beginCreate(turn)
}

/**
 * What came of a creation without an answer: the old key, after the quiet time, means that nothing was made; another
 * one is the new key, with its value, so nothing is left over.
 */
export function settleByReadBack(turn: Turn, attempt: Attempt): Next {
  const { rotation, answers, now } = turn
  const { readBack } = answers
  if (readBack?.is !== 'ok' && !isWithoutKey(turn)) return holdForReadBack(turn)
  const { name } = rotation.pin.issuer
  if (readBack?.is === 'ok' && !isFromBefore(turn, attempt, readBack.fingerprint)) {
    const { fingerprint, ref } = readBack
    set(attempt, { state: 'issued', fingerprint, ref })
    delete attempt.why
    noteOldEnds(turn, attempt)
    attempt.at = now
    note(turn, 'kept', `${attempt.name} was created; its value was read at ${name}`, { fingerprint })
    progress(turn)
    return { do: 'commit' }
  }
  if (attempt.fingerprint !== undefined) {
    const shown = readBack?.is === 'ok' ? readBack.fingerprint : 'none'
    const detail = `${name} shows ${shown} as its current key, and not ${attempt.fingerprint}, which it made`
    return waitBounded(turn, nextTry(rotation, 'read-back', now), reasons.answerLost, detail)
  }
  if (now < attempt.landsBy) {
    const until = Math.min(attempt.landsBy, nextTry(rotation, 'read-back', now))
    const detail = `the answer to the creation was lost, and ${name} still has the old key: it may still take effect`
    return wait(turn, until, reasons.answerLost, detail)
  }
  attempt.state = 'absent'
  note(turn, 'absent', `${attempt.name} was not created: ${name} still has the key from before`)
  progress(turn)
  return beginCreate(turn)
}

/** The old key, or that of an attempt before this one: it was current when this one was asked for. */
function isFromBefore({ rotation }: Turn, attempt: Attempt, fingerprint: string): boolean {
  const earlier = rotation.attempts.filter((one) => one !== attempt)
  return [rotation.old, ...earlier].some((one) => one?.fingerprint === fingerprint)
}

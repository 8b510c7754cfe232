import { isPassing } from '../../contracts/errors.ts'
import type { Attempt } from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, note, progress, type Turn, waitBounded } from '../words/turn.ts'
import { mintMark } from './attempts.ts'
import { noteOldEnds, sayOldEnds } from './deadline.ts'
import { rulesOf } from './lifecycle.ts'

/*
 * Where a service keeps one current key and at most one that it replaced, one more creation ends the key that consumers
 * may still use. So before each the service is asked which key is the current one, and a key that is there already is
 * taken instead of making another.
 */

/** Asked before each creation that would end an earlier key, and to find out what came of one that was lost. */
export function questionsOfServiceKey({ rotation }: Turn): Question[] {
  const { createAgain, onLost } = rulesOf(rotation)
  const isAsked = rotation.pin.issuer.canReadBack && (createAgain === 'ends-old' || onLost === 'read-back')
  return isAsked ? [{ ask: 'read-back' }] : []
}

/**
 * Null when the next key may be created: the service's current key is the one in use, or creating harms no earlier one.
 * Any other key that is there is the new key of this rotation.
 */
export function takeServiceKey(turn: Turn): Next | null {
  const { rotation, record } = turn
  if (rulesOf(rotation).createAgain !== 'ends-old') return null
  if (!rotation.pin.issuer.canReadBack) {
    const { kept } = record
    if (!kept || isOfRotation(turn, kept.fingerprint)) return judgeRollAgain(turn)
    return take(turn, kept)
  }
  const { readBack } = turn.answers
  if (isWithoutKey(turn)) return null
  if (readBack?.is !== 'ok') return holdForReadBack(turn)
  const { fingerprint, ref } = readBack
  if (fingerprint === rotation.old?.fingerprint) return null
  if (isOfRotation(turn, fingerprint)) return judgeRollAgain(turn)
  return waitForCurrent(turn, fingerprint) ?? take(turn, { fingerprint, ref })
}

/** A key that was ended before cannot be the current one: the answer lags behind. */
function waitForCurrent(turn: Turn, fingerprint: string): Next | null {
  const { record, rotation, now } = turn
  if (!record.past.some((past) => past.fingerprint === fingerprint)) return null
  const detail = `${rotation.pin.issuer.name} shows ${fingerprint} as its current key, which is an earlier one`
  return waitBounded(turn, nextTry(rotation, 'read-back', now), reasons.knownValue, detail)
}

function isOfRotation({ rotation }: Turn, fingerprint: string): boolean {
  return rotation.attempts.some((attempt) => attempt.fingerprint === fingerprint)
}

/** The service has no current key at all. */
export function isWithoutKey({ answers }: Turn): boolean {
  return answers.readBack?.is === 'failed' && answers.readBack.failure.code === 'not_found'
}

/** The service was not asked yet, or gave no answer. */
export function holdForReadBack(turn: Turn): Next {
  const { rotation, answers, now } = turn
  if (answers.readBack?.is !== 'failed') return { do: 'ask' }
  const { failure } = answers.readBack
  const detail = `which key is current at ${rotation.pin.issuer.name} is not known: ${failure.message}`
  if (!isPassing(failure)) return block(turn, reasons.issuerRefused, `${detail}. ${failure.nextStep}`)
  return waitBounded(
    turn,
    nextTry(rotation, 'read-back', now, failure.retryAfterMs),
    reasons.issuerDown,
    detail,
  )
}

/** The rotation continues with the key that is there: another one would end the key in use at once. */
function take(turn: Turn, key: Pick<Attempt, 'fingerprint' | 'ref'> & { name?: string }): Next {
  const { record, rotation, now } = turn
  const mark = mintMark(record, rotation)
  const kept = record.kept?.fingerprint === key.fingerprint ? record.kept : undefined
  const attempt: Attempt = {
    mark,
    name: kept?.name ?? `keyrota-${record.key}-${mark}`,
    state: 'issued',
    at: now,
    landsBy: 0,
  }
  if (key.fingerprint !== undefined) attempt.fingerprint = key.fingerprint
  if (key.ref) attempt.ref = key.ref
  if (kept?.expiresAt !== undefined) attempt.expiresAt = kept.expiresAt
  noteOldEnds(turn, { ...attempt, at: key.ref?.createdAt ?? now })
  rotation.attempts.push(attempt)
  note(
    turn,
    'kept',
    `the current key of ${rotation.pin.issuer.name} is another one than the key in use: the rotation continues with it and creates none`,
    { fingerprint: key.fingerprint, ref: key.ref?.id },
  )
  progress(turn)
  return { do: 'commit' }
}

/** A second creation of one rotation ends the key in use: only a person, or a config that allows the outage, says so. */
export function judgeRollAgain(turn: Turn): Next | null {
  const { rotation } = turn
  const { old, pin } = rotation
  const made = rotation.attempts.findLast((attempt) => attempt.state !== 'absent')
  if (!made || !old || old.dead || rulesOf(rotation).oldOnCreate === 'dies' || pin.policy.allowOutage)
    return null
  const another = confirmationOf('another-key', made.mark)
  if (isConfirmed(rotation, another)) return null
  return block(
    turn,
    reasons.outageNotAllowed,
    `${pin.issuer.name} has replaced the old key already, by one that is not used (${made.why ?? made.state}); creating another ends the old key at once, which is in use${sayOldEnds(turn)}`,
    { needs: another },
  )
}

/** Asked before the overlap is ended, and ended again. */
export function questionsOfCurrent({ rotation }: Turn): Question[] {
  const isAsked = rotation.pin.issuer.canReadBack && rulesOf(rotation).endOld === 'end-overlap'
  return isAsked ? [{ ask: 'read-back' }] : []
}

/** Before an overlap is ended: the key that stays has to be the current one, or it would be the one that ends. */
export function judgeCurrentAtService(turn: Turn, fresh: string): Next | null {
  const { rotation } = turn
  if (!rotation.pin.issuer.canReadBack) return null
  const { readBack } = turn.answers
  if (readBack?.is !== 'ok') return holdForReadBack(turn)
  if (readBack.fingerprint === fresh) return null
  const { name } = rotation.pin.issuer
  return block(
    turn,
    reasons.drift,
    `the current key of ${name} is ${readBack.fingerprint}, and not the new key ${fresh}: somebody else replaced it, so ending the overlap could end the key in use. Nothing is sent; the old key has to end by itself or by hand`,
  )
}

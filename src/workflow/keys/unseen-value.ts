import type { Attempt, Confirmation, PinnedTarget } from '../../contracts/record.ts'
import { canBeKey } from '../../contracts/value-shape.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question, TargetReading } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, note, type Turn, waitBounded } from '../words/turn.ts'

type Held = Extract<TargetReading, { is: 'value' }>

/** Before a key of unknown value is revoked for the first time, every target is read. */
export function questionsOfUnseen(turn: Turn, attempt: Attempt): Question[] {
  return isUnseen(turn, attempt) ? readableTargets(turn.rotation) : []
}

function isUnseen(turn: Turn, attempt: Attempt): boolean {
  return attempt.fingerprint === undefined && turn.rotation.withdrawal === undefined
}

/**
 * A key whose creation had no answer was never sent anywhere, as far as this journal knows. If the journal is an old copy
 * the key may be in use all the same: an unknown value in a target may be its value. Null when no target holds one.
 */
export function findInUse(turn: Turn, attempt: Attempt): Next | null {
  if (!isUnseen(turn, attempt)) return null
  for (const target of turn.rotation.pin.targets.filter(({ traits }) => traits.readable)) {
    const reading = turn.answers.targets[target.id]
    if (!reading) return { do: 'ask' }
    const next = reading.is === 'value' ? judgeHeld(turn, attempt, { target, reading }) : null
    if (next) return next
    if (reading.is !== 'failed' || turn.rotation.compromised) continue
    const until = nextTry(turn.rotation, `read:${target.id}`, turn.now, reading.failure.retryAfterMs)
    const detail = `${target.id} cannot be read, so it may hold ${attempt.name}: ${reading.failure.message}`
    return waitBounded(turn, until, reasons.targetLags, detail)
  }
  return null
}

function judgeHeld(turn: Turn, attempt: Attempt, seen: { target: PinnedTarget; reading: Held }): Next | null {
  const { record, rotation } = turn
  const { fingerprint, version, mark, shared } = seen.reading
  if (!canBeKey(seen.reading.shape) || isAccountedFor(turn, fingerprint)) return null
  const isMarked = !shared && mark?.startsWith(`${record.installation}-${rotation.id}-`) === true
  if (isMarked || isConfirmed(rotation, confirmationOf('keep', fingerprint)))
    return keep(turn, attempt, fingerprint)
  if (isConfirmed(rotation, notInUse(attempt))) return null
  return block(
    turn,
    reasons.drift,
    `${seen.target.id} holds ${fingerprint} (version ${version}), which may be ${attempt.name}. ` +
      `Keep it as the new key (keep), or have that key revoked because nobody uses it (${notInUse(attempt)})`,
    { needs: confirmationOf('keep', fingerprint) },
  )
}

/** What a person confirms if the value that was found is not the key of this attempt. */
function notInUse(attempt: Attempt): Confirmation {
  return confirmationOf('not-in-use', attempt.mark)
}

function isAccountedFor(turn: Turn, fingerprint: string): boolean {
  const { record, rotation } = turn
  const known = [rotation.old, ...rotation.attempts, ...record.past, ...record.debts]
  return (
    known.some((one) => one?.fingerprint === fingerprint) ||
    isConfirmed(rotation, confirmationOf('overwrite', fingerprint))
  )
}

/** Then it is the new key: the rotation continues from where a later journal had it. */
function keep(turn: Turn, attempt: Attempt, fingerprint: string): Next {
  attempt.state = 'issued'
  attempt.fingerprint = fingerprint
  delete attempt.why
  note(turn, 'kept', `${attempt.name} is in a target already`, { fingerprint, ref: attempt.ref?.id })
  const why = 'the new key is in use already; continuing with it'
  return { do: 'enter', step: 'deploy', why, after: 'commit' }
}

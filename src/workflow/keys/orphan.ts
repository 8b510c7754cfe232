import type { Attempt } from '../../contracts/record.ts'
import { commandFor, confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { type Next, note, notify, perform, progress, type Turn, wait } from '../words/turn.ts'
import { isApi } from './attempts.ts'
import { oweAttempt } from './known-keys.ts'
import { discardNewBy, listDelayMs, rulesOf } from './lifecycle.ts'
import { judgeList } from './list-control.ts'
import { isGivenUp } from './revoke-tries.ts'

/**
 * An orphan was never sent to a target, so it may be revoked at once. The issuer's list afterwards, not its answer,
 * shows whether the key is gone.
 */
export function questionsOfOrphan(turn: Turn, attempt: Attempt): Question[] {
  const { isListed, onLost } = rulesOf(turn.rotation)
  if (!isListed) return []
  const list: Question = { ask: 'list' }
  return onLost === 'find' ? [{ ask: 'find', mark: attempt.mark, name: attempt.name }, list] : [list]
}

/** From when on a key that is missing from the issuer's list is gone: a new one may not be listed yet. */
function listedBy({ rotation }: Turn, attempt: Attempt): number {
  return attempt.at + listDelayMs(rotation)
}

/** Whether the issuer still has this key, as far as its list shows (RULES.md 14). */
export type Shown = 'listed' | 'gone' | 'unknown'

export function lookInList(turn: Turn, attempt: Attempt): Shown {
  const { found, list } = turn.answers
  const listed = found[attempt.mark] ?? list
  if (listed?.is !== 'ok') return 'unknown'
  // A list that others share shows nothing about a key of unknown id.
  if (!attempt.ref && listed === list) return 'unknown'
  if (listed.keys.some((key) => !attempt.ref || key.id === attempt.ref.id)) return 'listed'
  if (turn.now < listedBy(turn, attempt) || list?.is !== 'ok') return 'unknown'
  const control = judgeList(turn, list.keys)
  // Without any key that has to be in it, the list counts only beside the issuer's own word.
  return control === 'sound' || (control === 'none' && isSaidToBeGone(turn)) ? 'gone' : 'unknown'
}

/** The issuer confirmed the revocation: each earlier doubt about it is removed then. */
function isSaidToBeGone({ rotation }: Turn): boolean {
  const { withdrawal } = rotation
  return withdrawal?.state === 'answered' && withdrawal.why === undefined
}

/** Revokes the orphan until the issuer no longer lists it, then continues with `then`. */
export function revokeOrphan(turn: Turn, attempt: Attempt, then: () => Next): Next {
  const { rotation, now } = turn
  const { isListed, discardNew } = rulesOf(rotation)
  if (discardNew === 'keep') return keepUnused(turn, attempt, then)
  if (discardNewBy(rotation, attempt) === 'person') return oweOrphan(turn, attempt, then)
  const revocation = rotation.withdrawal ?? { state: 'none' as const, landsBy: 0, tries: 0, nextTryAt: 0 }
  rotation.withdrawal = revocation
  const ask = revocation.state === 'answered'
  if (ask && isListed && !hasAnswer(turn, attempt)) return { do: 'ask' }
  const shown = isListed ? lookInList(turn, attempt) : isSaidToBeGone(turn) ? 'gone' : 'unknown'
  if (ask && shown === 'gone' && now >= revocation.landsBy) {
    attempt.state = 'revoked'
    delete rotation.withdrawal
    note(turn, 'revoked', `${attempt.name} is gone from the issuer`, { ref: attempt.ref?.id })
    progress(turn)
    return then()
  }
  const settledAt = revocation.answeredAt === undefined ? 0 : revocation.answeredAt + listDelayMs(rotation)
  const againAt = Math.max(
    revocation.nextTryAt,
    settledAt,
    shown === 'listed' ? 0 : revocation.landsBy,
    listedBy(turn, attempt),
  )
  if (ask && againAt > now) {
    return wait(
      turn,
      againAt,
      reasons.orphanLives,
      `${attempt.name} is not seen to be gone after its revocation`,
    )
  }
  if (isGivenUp(turn, revocation)) return oweOrphan(turn, attempt, then)
  revocation.tries += 1
  revocation.state = 'intended'
  revocation.intendedAt ??= now
  revocation.nextTryAt = nextTry(rotation, 'revoke-orphan', now)
  const named = turn.answers.found[attempt.mark]
  const known = attempt.ref ?? (named?.is === 'ok' ? named.keys[0] : undefined)
  return perform(
    turn,
    [
      {
        kind: 'revoke',
        attempt: attempt.mark,
        ...(known ? { ref: known } : {}),
        ...(attempt.fingerprint ? { fingerprint: attempt.fingerprint } : {}),
      },
    ],
    `revoke ${attempt.name}: ${attempt.why ?? 'nobody holds its value'}`,
  )
}

function hasAnswer({ answers }: Turn, attempt: Attempt): boolean {
  return (answers.found[attempt.mark] ?? answers.list) !== undefined
}

/** No verb ends it without ending the key in use: it stays the issuer's current key, and nobody uses it. */
function keepUnused(turn: Turn, attempt: Attempt, then: () => Next): Next {
  const why = turn.rotation.rollback?.why ?? attempt.why ?? 'not used'
  set(attempt, { state: 'kept', why })
  note(turn, 'kept', `${attempt.name} stays the current key of the issuer and is not used: ${why}`, {
    fingerprint: attempt.fingerprint,
  })
  progress(turn)
  return then()
}

/** It cannot be revoked, or only by a person: it becomes a debt, and the rotation continues. */
function oweOrphan(turn: Turn, attempt: Attempt, then: () => Next): Next {
  attempt.state = 'closed'
  const why = isApi(turn.rotation.pin.issuer)
    ? `could not be revoked: ${turn.rotation.withdrawal?.why ?? sayNotGone(turn)}`
    : (attempt.why ?? 'it is not used')
  oweAttempt(turn, attempt, why)
  delete turn.rotation.withdrawal
  notify(
    turn,
    'alarm',
    reasons.orphanLives,
    `delete ${attempt.name} by hand: ${why}`,
    commandFor(turn.record.key, confirmationOf('deleted', attempt.ref?.name ?? attempt.name)),
  )
  note(turn, 'debt', `${attempt.name}: ${why}`)
  return then()
}

function sayNotGone({ answers, rotation }: Turn): string {
  const { name } = rotation.pin.issuer
  const isShown = answers.list?.is === 'ok' && answers.list.keys.length > 0
  return isShown
    ? 'the issuer still lists it, or its list shows none of the keys that have to be in it'
    : `the list of ${name} shows no key at all: check \`list.items\` in its config`
}

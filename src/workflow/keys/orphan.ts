import type { Attempt } from '../../contracts/record.ts'
import { commandFor, confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { type Next, note, notify, perform, progress, type Turn, wait } from '../words/turn.ts'
import { isApi } from './attempts.ts'
import { oweAttempt } from './known-keys.ts'

const MAX_REVOKE_TRIES = 5

/**
 * An orphan was never sent to a target, so it may be revoked at once. The issuer's list afterwards, not its answer,
 * shows whether the key is gone.
 */
export function questionsOfOrphan(turn: Turn, attempt: Attempt): Question[] {
  const { issuer } = turn.rotation.pin
  if (!isApi(issuer)) return []
  return issuer.traits.onLostAnswer === 'find'
    ? [{ ask: 'find', mark: attempt.mark, name: attempt.name }]
    : [{ ask: 'list' }]
}

/** From when on a key that is missing from the issuer's list is gone: a new one may not be listed yet. */
export function listedBy(turn: Turn, attempt: Attempt): number {
  const { issuer } = turn.rotation.pin
  return attempt.at + (isApi(issuer) ? issuer.traits.listDelayMs : 0)
}

/** Revokes the orphan until the issuer no longer lists it, then continues with `then`. */
export function revokeOrphan(turn: Turn, attempt: Attempt, then: () => Next): Next {
  const { rotation, answers, now } = turn
  if (!isApi(rotation.pin.issuer)) return oweOrphan(turn, attempt, then)
  const listed = answers.found[attempt.mark] ?? answers.list
  const revocation = rotation.withdrawal ?? { state: 'none' as const, landsBy: 0, tries: 0, nextTryAt: 0 }
  rotation.withdrawal = revocation
  const ask = revocation.state === 'answered'
  if (ask && !listed) return { do: 'ask' }
  const live =
    listed?.is === 'ok' ? listed.keys.filter((key) => !attempt.ref || key.id === attempt.ref.id) : null
  if (ask && live?.length === 0 && now >= Math.max(revocation.landsBy, listedBy(turn, attempt))) {
    attempt.state = 'revoked'
    delete rotation.withdrawal
    note(turn, 'revoked', `${attempt.name} is gone from the issuer`, { ref: attempt.ref?.id })
    progress(turn)
    return then()
  }
  const settledAt = (revocation.answeredAt ?? now) + rotation.pin.issuer.traits.listDelayMs
  const againAt = Math.max(
    revocation.nextTryAt,
    settledAt,
    live?.length === 0 ? revocation.landsBy : 0,
    listedBy(turn, attempt),
  )
  if (ask && againAt > now) {
    return wait(turn, againAt, reasons.orphanLives, `${attempt.name} is still listed after its revocation`)
  }
  if (revocation.tries >= MAX_REVOKE_TRIES) return oweOrphan(turn, attempt, then)
  revocation.tries += 1
  revocation.state = 'intended'
  revocation.intendedAt = now
  revocation.nextTryAt = nextTry(rotation, 'revoke-orphan', now)
  const known = attempt.ref ?? live?.[0]
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

/** It cannot be revoked, or only by a person: it becomes a debt, and the rotation continues. */
function oweOrphan(turn: Turn, attempt: Attempt, then: () => Next): Next {
  attempt.state = 'closed'
  const why = isApi(turn.rotation.pin.issuer)
    ? `could not be revoked: ${turn.rotation.withdrawal?.why ?? 'the issuer still lists it'}`
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

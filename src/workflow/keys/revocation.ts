import { wasSeen } from '../../contracts/listing.ts'
import type { Effect, EndKind, Revocation } from '../../contracts/record.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, note, perform, progress, type Turn, wait, waitBounded } from '../words/turn.ts'
import { newFingerprint } from './attempts.ts'
import { endOldBy, rulesOf } from './lifecycle.ts'
import { judgeList } from './list-control.ts'
import { isGivenUp, MAX_REVOKES, revokedBy } from './revoke-tries.ts'
import { judgeCurrentAtService } from './service-key.ts'
import { isOldUnheld, judgeUnheld } from './unheld-old.ts'
import { askedPauseMs, describeProbe, extendStreak, isConfirmedStreak, judgeKey } from './verdicts.ts'

export function revocationOf(turn: Turn): Revocation {
  turn.rotation.revocation ??= { state: 'none', landsBy: 0, tries: 0, nextTryAt: 0 }
  return turn.rotation.revocation
}

/** How the API ends the old key: by a revocation, or by ending the overlap, which spares the current one. */
export function revokeOldEffect(turn: Turn): Effect & { kind: EndKind } {
  const old = turn.rotation.old
  if (!old) throw new Error('there is no old key to revoke')
  const kind = endOldBy(turn.rotation) === 'end-overlap' ? 'end-overlap' : 'revoke'
  return { kind, fingerprint: old.fingerprint, ...(old.ref ? { ref: old.ref } : {}) }
}

/** Undoes the disable of the old key, with pauses between tries that fail. */
export function enableOld(turn: Turn, why: string): Next {
  const revocation = revocationOf(turn)
  if (revocation.nextTryAt > turn.now)
    return waitBounded(turn, revocation.nextTryAt, reasons.notEnabled, `enabling the old key again: ${why}`)
  revocation.why = why
  note(turn, 'evidence', `enabling the old key again: ${why}`)
  return perform(turn, [{ ...revokeOldEffect(turn), kind: 'enable' }], 'enable the old key again')
}

/**
 * Whatever the issuer returned: the old key is revoked when the probe refuses it while the new one is accepted. Null
 * once that is confirmed. If the key still works after a revocation was reported as done, it is revoked again, then the
 * rotation is blocked.
 */
export function seeRevoked(turn: Turn): Next | null {
  const { rotation, answers, now } = turn
  const revocation = revocationOf(turn)
  const old = rotation.old
  const fresh = newFingerprint(rotation)
  if (!old || !fresh) throw new Error('a revocation has an old and a new key')
  if (isOldUnheld(turn)) return seeUnlisted(turn, revocation)
  const verdict = judgeKey(answers.probe, old.fingerprint, fresh)
  if (verdict === 'rejected') {
    const streak = extendStreak(turn, 'revoked', 'rejected')
    if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
    if (needsList(turn)) {
      const listed = judgeListed(turn, revocation)
      if (listed) return listed
    }
    revocation.state = 'seen-refused'
    note(
      turn,
      'revoked',
      'the issuer refuses the old key while the new one is accepted',
      describeProbe(answers.probe, old.fingerprint),
    )
    progress(turn)
    return null
  }
  extendStreak(turn, 'revoked', null)
  if (verdict !== 'accepted') {
    const until = nextTry(rotation, 'probe', now, askedPauseMs(answers.probe))
    return waitBounded(turn, until, reasons.probeUnknown, 'the probe is inconclusive about the revoked key')
  }
  return againOrBlocked(turn, revocation, 'is still accepted')
}

/** Without its value only the issuer's list, or a person, can show that the old key is gone. */
function seeUnlisted(turn: Turn, revocation: Revocation): Next | null {
  const found = judgeUnheld(turn)
  if (found === 'alive') return againOrBlocked(turn, revocation, 'is still listed')
  if (found !== 'dead') return found
  revocation.state = 'seen-refused'
  note(turn, 'revoked', 'the issuer no longer has the old key', { ref: turn.rotation.old?.ref?.id })
  progress(turn)
  return null
}

/**
 * Without a confirmation of the revocation, the probe may only see the disable, which can be undone: then the issuer's
 * list has to show it too.
 */
export function needsList(turn: Turn): boolean {
  const { rotation } = turn
  return (
    rotation.pin.issuer.canDisable && rulesOf(rotation).isListed && rotation.revocation?.why !== undefined
  )
}

function judgeListed(turn: Turn, revocation: Revocation): Next | null {
  const { rotation, answers } = turn
  const id = rotation.old?.ref?.id
  if (answers.list?.is === 'failed') {
    const until = nextTry(rotation, 'list', turn.now, answers.list.failure.retryAfterMs)
    return waitBounded(turn, until, reasons.issuerDown, answers.list.failure.message)
  }
  if (!answers.list) return { do: 'ask' }
  // That a key is missing from a list means nothing if that list never had it.
  const wasListed = id !== undefined && wasSeen(rotation.seen, id)
  const isSound = judgeList(turn, answers.list.keys) !== 'broken'
  const isListed = !wasListed || !isSound || answers.list.keys.some((key) => key.id === id)
  return isListed ? againOrBlocked(turn, revocation, 'may be disabled only') : null
}

function againOrBlocked(turn: Turn, revocation: Revocation, is: string): Next {
  const { rotation, answers, now } = turn
  const settled = Math.max(revokedBy(turn, revocation), revocation.landsBy, revocation.nextTryAt)
  const why = revocation.why ?? 'the issuer reported it as done'
  if (now < settled) {
    const soon = Math.min(settled, nextTry(rotation, 'confirm-revoked', now))
    return wait(turn, soon, reasons.notRevoked, `the old key ${is} (${why}); within the settle time`)
  }
  if (answers.probe?.subjects[newFingerprint(rotation) ?? '']?.verdict !== 'accepted') {
    // The key that stays is not accepted: revoking again could end the only one that works.
    const until = nextTry(rotation, 'probe', now, askedPauseMs(answers.probe))
    return waitBounded(
      turn,
      until,
      reasons.newKeyRefused,
      `the old key is still accepted (${why}) and the new one is not; nothing more is revoked`,
    )
  }
  if (isGivenUp(turn, revocation)) {
    revocation.state = 'not-revoked'
    revocation.tries = Math.min(revocation.tries, MAX_REVOKES - 1)
    return block(
      turn,
      reasons.notRevoked,
      `the old key is not revoked: it ${is} after several tries (${why}). Revoke it at the issuer by hand`,
    )
  }
  const spared =
    endOldBy(rotation) === 'end-overlap' ? judgeCurrentAtService(turn, newFingerprint(rotation) ?? '') : null
  if (spared) return spared
  revocation.tries += 1
  revocation.state = 'intended'
  revocation.nextTryAt = nextTry(rotation, 'revoke', now)
  return perform(turn, [revokeOldEffect(turn)], `revoke the old key again: it ${is}`)
}

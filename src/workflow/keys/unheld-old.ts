import { showsKey, wasSeen } from '../../contracts/listing.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, isStuck, type Next, raise, type Turn, wait, waitBounded } from '../words/turn.ts'
import { candidate } from './attempts.ts'
import { oweOnce } from './known-keys.ts'
import { rulesOf } from './lifecycle.ts'

/** The issuer's list, once it is known that the old value cannot be read anywhere. */
export function questionsOfUnheld(turn: Turn): Question[] {
  return turn.rotation.flags['old-unheld'] ? [{ ask: 'list' }] : []
}

/** Whether the old value cannot be read anywhere (its version was removed), so that no probe can test that key. */
export function isOldUnheld(turn: Turn): boolean {
  const { old } = turn.rotation
  return old !== null && turn.answers.probe !== undefined && !turn.answers.held.includes(old.fingerprint)
}

/**
 * A lost key of which the issuer's list says nothing, because it has no id or was never listed: nothing will ever tell
 * whether it works, so a person deletes it. @returns whether it is such a key.
 */
export function oweLost(turn: Turn): boolean {
  const { old, seen } = turn.rotation
  if (!old?.isLost) return false
  if (rulesOf(turn.rotation).isListed && old.ref && wasSeen(seen, old.ref.id)) return false
  oweOnce(turn, {
    name: old.ref?.name ?? old.name ?? `the key ${old.fingerprint}`,
    fingerprint: old.fingerprint,
    ...(old.ref ? { ref: old.ref } : {}),
    why: 'its value was lost, so it could be neither revoked nor probed',
  })
  return true
}

/**
 * Then the issuer's list decides, if it had the old key and shows the new one. Without such a list a person decides, after
 * the time in which a store that is only unavailable would have come back.
 */
export function judgeUnheld(turn: Turn): 'dead' | 'alive' | Next {
  const { rotation, answers, now } = turn
  if (isConfirmed(rotation, 'old-gone')) return 'dead'
  const id = rotation.old?.ref?.id
  if (rulesOf(rotation).isListed && id !== undefined && wasSeen(rotation.seen, id)) {
    if (!answers.list) {
      raise(turn, 'old-unheld')
      return { do: 'ask' }
    }
    if (answers.list.is === 'failed') {
      const until = nextTry(rotation, 'list', now, answers.list.failure.retryAfterMs)
      return waitBounded(turn, until, reasons.issuerDown, answers.list.failure.message)
    }
    const { keys } = answers.list
    if (keys.some((key) => key.id === id)) return 'alive'
    if (showsKey(keys, candidate(rotation) ?? {})) return 'dead'
  }
  const detail =
    'the value of the old key cannot be read anywhere, so no probe can show whether it still works'
  if (!isStuck(turn)) return wait(turn, nextTry(rotation, 'old-unheld', now), reasons.valueLost, detail)
  return block(turn, reasons.valueLost, `${detail}. Delete it at ${rotation.pin.issuer.name}, then confirm`, {
    needs: 'old-gone',
  })
}

import { lifecycleRules } from '../../contracts/lifecycle.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { nameHoldings, outsidersAmong, rotateLeaked, usersAmong } from '../keys/holdings.ts'
import { endAsk } from '../keys/operator.ts'
import { revocationOf } from '../keys/revocation.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { nextTry } from '../words/pace.ts'
import type { Holding } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import {
  block,
  isConfirmed,
  type Next,
  note,
  notify,
  raise,
  type Turn,
  wait,
  waitBounded,
} from '../words/turn.ts'
import { isDeclared } from './kill-by.ts'
import { unmanagedFields } from './old-key-users.ts'

/*
 * Who else lives on the old key (RULES.md 12): another managed key, one of its targets, or a field beside ours that no
 * key of the config manages. They are asked for before a key is created and again before the old one is ended. Each
 * managed key moves to a key of its own, and the last one to move ends the shared one.
 */

/** Before a key is created: a shared key is rotated once a person has said that each is to get its own. */
export function judgeUsersBefore(turn: Turn): Next | null {
  const { rotation } = turn
  const { old, pin } = rotation
  if (!old || old.dead) return null
  const holdings = turn.answers.holders[old.fingerprint]
  if (!holdings) return { do: 'ask' }
  const ref = holdings.find((one) => one.ref)?.ref
  if (!old.ref && ref) old.ref = ref
  const users = usersAmong(holdings)
  const [field, ...more] = unmanagedFields(turn, old.fingerprint)
  if (users.length > 0 && !canSplit(turn)) return blockWhole(turn, users)
  if (rotation.compromised) return alarmUsers(turn, users, field === undefined ? [] : [field, ...more])
  if (field !== undefined) return blockField(turn, field)
  if (users.length === 0) return holdUnread(turn, holdings)
  if (isConfirmed(rotation, 'split')) return null
  const names = nameHoldings(users)
  return block(
    turn,
    reasons.sharedKey,
    `the old key (${old.fingerprint}) is also the key of ${names}. It is not revoked at ${pin.issuer.name} while another one uses it. ` +
      `Give each a key of its own (split): ${turn.record.key} gets one now, and the shared one ends with the rotation of the last`,
    { needs: 'split' },
  )
}

/** Before the old key is ended, or disabled. `hand-over`: others still use it, and the last of them ends it. */
export function judgeUsersAtEnd(turn: Turn): Next | 'hand-over' | null {
  const { rotation, record } = turn
  const { old } = rotation
  if (!old || isDeclared(rotation)) return null
  const holdings = turn.answers.holders[old.fingerprint]
  if (!holdings) return { do: 'ask' }
  const [field] = unmanagedFields(turn, old.fingerprint)
  if (field !== undefined) return blockField(turn, field)
  const users = usersAmong(holdings)
  if (users.length === 0) return holdUnread(turn, holdings)
  const killBy = rotation.compromised?.killBy
  if (killBy !== undefined && outsidersAmong(record.key, users).length === 0) {
    const ways = users.map(({ key }) => rotateLeaked(key)).join(' and ')
    const detail = `the leaked key is also used by ${nameHoldings(users)}. Run ${ways}, or the deadline breaks them`
    return wait(turn, Math.min(killBy, nextTry(rotation, 'users', turn.now)), reasons.sharedKey, detail)
  }
  // Of several that are about to end it, the last by name does: otherwise each would leave it to the others.
  const isLast = users.every(({ as, key, waits }) => as === 'leaves' && key < record.key && !waits)
  if (!isLast) return 'hand-over'
  const until = nextTry(rotation, 'users', turn.now)
  const detail = `${nameHoldings(users)} rotates away from the same key: that rotation ends first`
  return waitBounded(turn, until, reasons.sharedKey, detail)
}

/** Whether another managed key holds it cannot be told: it is not ended on a guess, unless it leaked. */
function holdUnread(turn: Turn, holdings: readonly Holding[]): Next | null {
  const unread = holdings.filter(({ as }) => as === 'unread')
  if (unread.length === 0 || turn.rotation.compromised) return null
  const names = unread.map(({ key, places, why }) => `${key} (${places.join(', ')}: ${why})`).join('; ')
  const detail = `whether other keys hold the old key cannot be told, since these could not be read: ${names}`
  return waitBounded(turn, nextTry(turn.rotation, 'users', turn.now), reasons.targetDown, detail)
}

/** The old key stays alive for those who use it; this rotation has nothing more to do with it. */
export function handOver(turn: Turn): void {
  const { rotation } = turn
  const users = usersAmong(turn.answers.holders[rotation.old?.fingerprint ?? ''])
  rotation.handedTo = users.map(({ key }) => key)
  // What was asked of a person is not theirs to do any more.
  endAsk(turn, 'the old key is still used by others')
  revocationOf(turn).state = 'handed-over'
  note(turn, 'handed-over', `the old key is not revoked: it is still used by ${nameHoldings(users)}`, {
    fingerprint: rotation.old?.fingerprint,
    users: users.map(({ key, as, places }) => ({ key, as, places })),
  })
}

/** Not where a creation ends, now or later, the key that the others use. */
function canSplit({ rotation }: Turn): boolean {
  const { oldOnCreate, createAgain } = lifecycleRules(rotation.pin.issuer)
  return oldOnCreate === 'lives' && createAgain !== 'ends-old'
}

function blockWhole(turn: Turn, users: readonly Holding[]): Next {
  const [first] = users
  return block(
    turn,
    reasons.sharedKey,
    `the old key is also the key of ${nameHoldings(users)}, and ${turn.rotation.pin.issuer.name} ends it when it creates a new one. ` +
      `Make the targets and consumers of the others those of ${turn.record.key}, take the others out of the config, and forget their records`,
    { command: `keyrota forget ${quoteWord(first?.key ?? '')}` },
  )
}

function blockField(turn: Turn, place: string): Next {
  return block(
    turn,
    reasons.sharedKey,
    `${place} holds the same key (${turn.rotation.old?.fingerprint}), and no key of the config manages that field: what reads it would be left with a dead key. ` +
      `Add it to the targets of ${turn.record.key}, or state that nothing reads it (unused)`,
    { needs: confirmationOf('unused', place) },
  )
}

/** A leaked key is replaced at once where that is ours to do; the others are named, since theirs leaked too. */
function alarmUsers(turn: Turn, users: readonly Holding[], fields: readonly string[]): null {
  const [first] = users
  if (users.length + fields.length === 0 || !raise(turn, 'shared')) return null
  const names = [...users.map((one) => nameHoldings([one])), ...fields].join(', ')
  const text = `the leaked key is also used by ${names}: it lives until they have another one too`
  note(turn, 'shared', text)
  notify(turn, 'alarm', reasons.sharedKey, text, first && rotateLeaked(first.key))
  return null
}

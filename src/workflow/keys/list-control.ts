import type { KeyRef } from '../../contracts/key-issuer.ts'
import { showsKey } from '../../contracts/listing.ts'
import type { Attempt } from '../../contracts/record.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import {
  block,
  isStuck,
  type Need,
  type Next,
  note,
  notify,
  raise,
  type Turn,
  waitBounded,
} from '../words/turn.ts'
import { candidate } from './attempts.ts'
import { listDelayMs } from './lifecycle.ts'

/**
 * Whether a list can be believed about a key that it does not show (RULES.md 14): `sound` shows a key that has to be in
 * it, `broken` shows none of them, and `none`: there is no key of which that is known.
 */
export type ListControl = 'sound' | 'broken' | 'none'

export function judgeList(turn: Turn, keys: readonly KeyRef[]): ListControl {
  const expected = [...expectedOld(turn, keys), ...expectedNew(turn)]
  if (expected.length === 0) return 'none'
  return expected.some((key) => showsKey(keys, key)) ? 'sound' : 'broken'
}

/**
 * Whether a list can be believed about a name that it does not show: the old key is there under its own name, or, where
 * that is not known, at least one key has a name.
 */
export function showsNames({ rotation }: Turn, keys: readonly KeyRef[]): boolean {
  const { old } = rotation
  const known = old?.ref?.name ?? old?.name
  const shown = keys.find((key) => key.id === old?.ref?.id)
  if (shown && known !== undefined) return shown.name === known
  return keys.length === 0 || keys.some(({ name }) => name !== undefined)
}

type Expected = { ref?: KeyRef | undefined; fingerprint?: string | undefined }

/** The old key until it is being ended; one whose id is not known only where lists show fingerprints. */
function expectedOld({ rotation, now }: Turn, keys: readonly KeyRef[]): Expected[] {
  const { old, revocation } = rotation
  const isEnding = revocation !== undefined && revocation.state !== 'none'
  if (!old || old.dead || isEnding) return []
  if (old.ref?.createdAt !== undefined && now < old.ref.createdAt + listDelayMs(rotation)) return []
  const isShown = old.ref !== undefined || keys.some((key) => key.fingerprint !== undefined)
  return isShown ? [{ ref: old.ref, fingerprint: old.fingerprint }] : []
}

/** The new key once the list has had the time to take it, unless it is being discarded. */
function expectedNew({ rotation, now }: Turn): Expected[] {
  const made = candidate(rotation)
  if (made?.state !== 'issued' || made.ref === undefined || rotation.withdrawal) return []
  const isDue = made.isListed === true || now >= made.at + listDelayMs(rotation)
  return isDue ? [{ ref: made.ref, fingerprint: made.fingerprint }] : []
}

/** Waits for a list that can be believed, then blocks: nothing is concluded from one that cannot. */
export function holdForList(turn: Turn, about: string, need: Need = {}): Next {
  const { rotation, now } = turn
  const { name } = rotation.pin.issuer
  const detail = `the list of ${name} shows none of the keys that have to be in it, or not under their names, so it does not prove ${about}: check \`list.items\`, \`list.id\` and \`list.name\` in the config of ${name}`
  if (!isStuck(turn)) return waitBounded(turn, nextTry(rotation, 'list', now), reasons.listUnsound, detail)
  return block(turn, reasons.listUnsound, detail, need)
}

/**
 * The list shows the name that this key was asked for under: then the id there is the one to revoke by, whatever the
 * answer to its creation said.
 */
export function takeListedId(
  turn: Turn,
  key: { name?: string; ref?: KeyRef },
  keys: readonly KeyRef[],
): KeyRef | undefined {
  const { name, ref } = key
  if (name === undefined || (ref && keys.some((one) => one.id === ref.id))) return ref
  const [named, second] = keys.filter((one) => one.name === name)
  if (!named || second) return ref
  if (ref) note(turn, 'noted', `the list shows ${name} under another id than its creation: that one counts`)
  return named
}

/** The list as it is asked for while a new key settles: shows whether the key is in it, and under which id. */
export function lookForNew(turn: Turn, attempt: Attempt): void {
  const { list } = turn.answers
  if (list?.is !== 'ok' || attempt.isListed) return
  const ref = takeListedId(turn, attempt, list.keys)
  if (ref) attempt.ref = ref
  if (showsKey(list.keys, attempt)) attempt.isListed = true
  else if (turn.now > attempt.at + listDelayMs(turn.rotation) && raise(turn, 'unlisted')) {
    const detail = `the list of ${turn.rotation.pin.issuer.name} does not show ${attempt.name}, which was just made: nothing is concluded from it. Check \`list.items\` and \`list.id\` in its config`
    note(turn, 'noted', detail)
    notify(turn, 'warning', reasons.listUnsound, detail)
  }
}

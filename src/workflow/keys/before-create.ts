import { showsKey } from '../../contracts/listing.ts'
import { sayLength } from '../words/lifecycle-limits.ts'
import { overlapMsOf } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, type Turn } from '../words/turn.ts'
import { rulesOf } from './lifecycle.ts'
import { holdForList, judgeList, takeListedId } from './list-control.ts'

/** What the lifecycle of the issuer's keys asks of the config and of its list, before anything is created. */

/** An overlap, or a time that replaces proof, has to be over before the old key ends by itself. */
export function judgeOverlap({ rotation, ...turn }: Turn): Next | null {
  const { pin, compromised } = rotation
  const { diesAfterMs } = rulesOf(rotation)
  if (diesAfterMs === undefined || compromised) return null
  const { quietForMs = 0 } = pin.policy
  const longest = Math.max(overlapMsOf(rotation), quietForMs)
  if (longest <= diesAfterMs) return null
  const option = quietForMs > overlapMsOf(rotation) ? 'quietFor' : 'overlap'
  return block(
    { rotation, ...turn },
    reasons.overlapTooLong,
    `${pin.issuer.name} ends the old key ${sayLength(diesAfterMs)} after it made the new one, and \`${option}\` is ${sayLength(longest)}: consumers would still use a key that is dead. Make \`${option}\` shorter than that`,
  )
}

/** The list has to show the key in use; where it shows its name under another id, that id is the one to revoke by. */
export function judgeOldInList(turn: Turn): Next | null {
  const { rotation, record, answers } = turn
  const { old } = rotation
  if (!old || old.dead || answers.list?.is !== 'ok') return null
  const { keys } = answers.list
  const ref = takeListedId(turn, old, keys)
  if (ref && ref.id !== old.ref?.id) {
    old.ref = ref
    if (record.current?.fingerprint === old.fingerprint) record.current.ref = ref
  }
  // A leaked key is not kept alive by a list: what is concluded from it later has controls of its own.
  if (rotation.compromised || judgeList(turn, keys) !== 'broken' || showsKey(keys, old)) return null
  const about = `anything about a key that it does not show (the key in use, ${old.ref?.id ?? old.fingerprint}, is accepted and not in it)`
  return holdForList(turn, about)
}

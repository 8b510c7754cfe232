import type { KeyUse, Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, type Turn } from '../words/turn.ts'

/** A use counts until the meters have seen none for so long. */
const QUIET_MS = 86_400_000
/** Our own probes are the last use that an issuer tells of, for so long after the cut-over and from the overlap's end on. */
const OWN_PROBES_MS = 600_000

export function questionsOfUse({ rotation }: Turn): Question[] {
  return rotation.old ? [{ ask: 'use', fingerprint: rotation.old.fingerprint }] : []
}

/**
 * A use of the old key after every consumer was moved shows that one was missed: it would lose the key with the
 * revocation. Of a leaked key a use is to be expected, by whom it must not be, and holds nothing.
 */
export function judgeOldUse(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const { use } = answers
  if (!use || !rotation.old || rotation.compromised || isConfirmed(rotation, 'end-in-use')) return null
  const late = use.recent.filter((one) => isLate(rotation, one))
  const last = late.at(-1)?.[1]
  if (last === undefined) return null
  // Of a last use alone nobody can tell whether it goes on: our own probes come after it.
  const isCounted = late.some(([, , amount]) => amount > 0)
  if (isCounted && use.readTo >= last + QUIET_MS) return null
  const amount = late.reduce((sum, [, , one]) => sum + one, 0)
  const often = amount > 0 ? `, ${amount} times` : ''
  const who = use.by.length > 0 ? `, last by ${use.by.join(', ')}` : ''
  const at = new Date(last).toISOString()
  return block(
    turn,
    reasons.oldKeyUsed,
    `the old key ${rotation.old.fingerprint} was used until ${at}${often}${who}, after every known consumer was moved: one was missed`,
    { needs: 'end-in-use' },
  )
}

/** A time that had begun before the cut-over may have ended in use before it too. */
function isLate(
  { stepSince, overlapUntil = 0 }: Turn['rotation'],
  [from, to, amount]: KeyUse['recent'][number],
): boolean {
  if (amount > 0) return from >= stepSince
  return from >= stepSince + OWN_PROBES_MS && to <= overlapUntil
}

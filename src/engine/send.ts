/** Commits intents and then sends them: the one way in which anything outside is ever changed. */
import { LeaseOverError } from '../contracts/errors.ts'
import type { Effect, Intent, Outcome } from '../contracts/record.ts'
import type { ClaimAtHand, Subject } from './at-hand.ts'
import { performAll } from './perform.ts'

/**
 * Commits the intents with the end of the lease they are sent under, then sends them.
 * @throws LeaseOverError when that lease is over before everything is sent.
 */
export async function commitThenSend(
  hand: ClaimAtHand,
  subject: Subject,
  { intents, commit }: { intents: readonly Intent[]; commit: () => Promise<void> },
): Promise<{ effect: Effect; outcome: Outcome }[]> {
  const { clock, claimed } = hand
  const leaseUntil = claimed.leaseUntil()
  // Counted by the clock that is never set, and that no late response of the journal holds back.
  const endsAt = clock.monotonicMs() + claimed.leaseMs
  for (const intent of intents) intent.leaseUntil = leaseUntil
  await commit()
  const beforeSend = () => {
    hand.beforeSend()
    // The next holder counts from the lease that the intent names: nothing is sent under a later one.
    if (clock.monotonicMs() >= endsAt) throw new LeaseOverError()
  }
  const effects = intents.map(({ effect }) => effect)
  return performAll({ ...hand, beforeSend }, subject, effects)
}

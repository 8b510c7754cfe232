/** What a process that is stopped does with a key whose value it alone holds. */
import type { Rotation } from '../contracts/record.ts'
import { discardUnsent } from '../workflow/stopped.ts'
import type { Act } from '../workflow/words/turn.ts'
import type { ClaimAtHand } from './at-hand.ts'

/** How long a process that is stopped goes on at most, to end what nobody could end after it. */
const WIND_DOWN_MS = 15_000
const MAX_REVOKES = 3

/** The parts of the loop that end things; none of them waits. */
export interface Rounds {
  take(): Promise<Act>
  send(): Promise<void>
  commit(): Promise<void>
  end(): Promise<void>
}

/**
 * Revokes the key that only this process holds, by the rules of a rollback, within its lease and a bounded time.
 * @returns whether the rotation ended; else the next process goes on.
 */
export async function windDown(hand: ClaimAtHand, rotation: Rotation, rounds: Rounds): Promise<boolean> {
  const { clock } = hand
  const endsAt = clock.monotonicMs() + WIND_DOWN_MS
  discardUnsent(rotation, hand.now())
  let sent = 0
  while (clock.monotonicMs() < endsAt) {
    const next = await rounds.take()
    if (next.do === 'perform') {
      await rounds.send()
      sent += 1
    } else if (next.do === 'commit') await rounds.commit()
    else if (next.do === 'wait') {
      // What an issuer refuses again and again is left to the next process, which has more time for it.
      const restMs = Math.max(0, next.until - hand.now())
      if (sent >= MAX_REVOKES || clock.monotonicMs() + restMs >= endsAt) return false
      await clock.sleep(restMs)
    } else if (next.do === 'end') {
      await rounds.end()
      return true
    } else if (next.do === 'stand') return false
  }
  return false
}

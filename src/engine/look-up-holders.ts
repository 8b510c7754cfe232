/** Asks the journal which managed keys name a fingerprint. */
import { JournalError } from '../contracts/errors.ts'
import type { AtHand } from './at-hand.ts'

type Asking = Pick<AtHand, 'journal' | 'clock'>

/** Longest pause before the journal is asked once more who holds a value. */
const MAX_HOLDERS_PAUSE_MS = 5_000

export function lookUpHolders(asking: Asking, fingerprint: string): Promise<string[]> {
  return askJournal(asking, () => asking.journal.holders(fingerprint))
}

/** Retries while the journal is unavailable: this process may hold a value that exists nowhere else. */
export async function askJournal<T>(asking: Asking, look: () => Promise<T>): Promise<T> {
  for (let pauseMs = 20; ; pauseMs *= 2) {
    try {
      return await look()
    } catch (error) {
      const passes = error instanceof JournalError && error.code === 'unavailable'
      if (!passes || pauseMs > MAX_HOLDERS_PAUSE_MS) throw error
    }
    await asking.clock.sleep(pauseMs)
  }
}

/** Reads a shared document, changes it and writes it back; again when somebody else was faster. */
import type { Clock, Random } from '../contracts/clock.ts'
import type { DocumentId, Documents } from '../contracts/documents.ts'
import { JournalError } from '../contracts/errors.ts'
import { parseDocument, parseOrNone } from './parse-document.ts'

const TRIES = 20
const LONGEST_PAUSE_MS = 200

interface Hand {
  readonly documents: Documents
  readonly clock: Clock
  readonly random: Random
}

/**
 * Calls `change` with the document as it is now (null: there is none) and writes what it returns; `change` may run
 * several times and must do nothing else. Undefined: nothing is written.
 * @returns what was written, or what is there.
 * @throws JournalError `unavailable` when others were faster twenty times in a row, `corrupt` for a damaged one
 */
export async function changeDocument<T>(
  { documents, clock, random }: Hand,
  id: DocumentId,
  change: (now: T | null) => T | undefined,
  { ifDamaged }: { ifDamaged: 'refuse' | 'anew' } = { ifDamaged: 'refuse' },
): Promise<T | null> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const found = await documents.read(id)
    const isAnew = found === null || ifDamaged === 'anew'
    const now = isAnew ? parseOrNone<T>(found) : parseDocument<T>(found)
    const next = change(now === null ? null : structuredClone(now))
    if (next === undefined) return now
    const written = await documents.write(id, { text: JSON.stringify(next), revision: found?.revision ?? 0 })
    if (written !== 'conflict') return next
    // Processes that met once would meet again: each waits for a time of its own.
    await clock.sleep(1 + (Number.parseInt(random(4), 36) % Math.min(LONGEST_PAUSE_MS, 10 * (tried + 1))))
  }
  throw new JournalError(
    'unavailable',
    `${id.kind} ${id.name} is changed by others all the time`,
    'Try again; if it goes on, look for many processes of this installation.',
  )
}

/** The same for a document that can be made anew: one that is damaged counts as none, and is written over. */
export function changeOrRenew<T>(
  hand: Hand,
  id: DocumentId,
  change: (now: T | null) => T | undefined,
): Promise<T | null> {
  return changeDocument(hand, id, change, { ifDamaged: 'anew' })
}

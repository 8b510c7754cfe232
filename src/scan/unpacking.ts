/* What the readers of archives share: the limits of one file with everything packed in it, and what failed. */

import type { Tally } from './tally.ts'

export type Chunks = AsyncIterable<Buffer>

/** What is left for one file. */
export interface Budget {
  /** Bytes that may still come out of archives. */
  bytes: number
  /** Archives within archives. */
  depth: number
}

/** An archive on its way to the search. */
export interface Packed {
  tally: Tally
  name: string
  budget: Budget
  /** Searches one entry. @throws LimitReached */
  scanEntry(name: string, chunks: Chunks): Promise<void>
}

const MAX_UNPACKED_BYTES = 4 * 1024 ** 3
export const MAX_DEPTH = 4

export function newBudget(): Budget {
  return { bytes: MAX_UNPACKED_BYTES, depth: MAX_DEPTH }
}

/** Thrown when a limit is reached, so that nothing more is read of that archive. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached'
}

/** Counts what comes out of an archive. @throws LimitReached */
export async function* within(chunks: Chunks, budget: Budget): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    budget.bytes -= chunk.length
    if (budget.bytes < 0) throw new LimitReached(`more than ${MAX_UNPACKED_BYTES / 1024 ** 3} GiB unpacked`)
    yield chunk
  }
}

/** Notes why an archive was not read to its end. The texts of other errors may quote what is in it. */
export function noteFailure(tally: Tally, name: string, format: string, error: unknown): void {
  if (error instanceof LimitReached) tally.leaveOut(name, 'too-large', error.message)
  else tally.leaveOut(name, 'broken', `not read to its end: no whole ${format} file, or it was cut off`)
}

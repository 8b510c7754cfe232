/* Names of files as they may be printed: a name can hold a key, and whatever a terminal would act upon. */

import type { Hit } from './search.ts'

const MASK = '[secret]'
const MAX_NAME_LENGTH = 1_024

/** The name with the values that were found in it, and all that prints nothing, replaced. */
export function safeName(name: string, hits: readonly Hit[]): string {
  const bytes = Buffer.from(name)
  const pieces: Buffer[] = []
  let from = 0
  for (const { start, end } of hits.toSorted((one, other) => one.start - other.start)) {
    if (start >= from) pieces.push(bytes.subarray(from, start), Buffer.from(MASK))
    from = Math.max(from, end)
  }
  pieces.push(bytes.subarray(from))
  const shown = Buffer.concat(pieces)
    .toString()
    .replace(/[\p{C}\u2028\u2029]/gu, '?')
  return shown.length > MAX_NAME_LENGTH ? `${shown.slice(0, MAX_NAME_LENGTH)}…` : shown
}

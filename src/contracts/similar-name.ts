/* Finds the name that was probably meant. */

/** The number of edits (a letter added, removed or replaced, or two swapped) that turn one text into the other. */
export function countEdits(from: string, to: string): number {
  const width = to.length + 1
  let before: number[] = []
  let last = Array.from({ length: width }, (_, at) => at)
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row]
    for (let column = 1; column < width; column += 1) {
      const isSame = from[row - 1] === to[column - 1]
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      )
      const isSwapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (isSwapped) edits = Math.min(edits, (before[column - 2] ?? 0) + 1)
      next.push(edits)
    }
    before = last
    last = next
  }
  return last[width - 1] ?? 0
}

/**
 * The name of `names` that is a few edits away from what was written: one for up to four letters, two for up to eight,
 * three beyond. Undefined if nothing is close.
 */
export function findSimilar(written: string, names: Iterable<string>): string | undefined {
  const asked = written.slice(0, 100).toLowerCase()
  let best: { name: string; edits: number } | undefined
  for (const name of names) {
    const edits = countEdits(asked, name.toLowerCase())
    if (best === undefined || edits < best.edits) best = { name, edits }
  }
  const limit = asked.length <= 4 ? 1 : asked.length <= 8 ? 2 : 3
  return best !== undefined && best.edits <= limit ? best.name : undefined
}

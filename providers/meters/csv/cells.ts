/** The cells of one line (RFC 4180, without line breaks in a cell); null where a quote is out of place. */
export function splitCells(line: string, delimiter: string): string[] | null {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (line[at] === '"') {
      const end = findEnd(line, at + 1)
      if (end === null || (end + 1 < line.length && line[end + 1] !== delimiter)) return null
      cells.push(
        line
          .slice(at + 1, end)
          .replaceAll('""', '"')
          .trim(),
      )
      at = end + 1
    } else {
      const next = line.indexOf(delimiter, at)
      const end = next < 0 ? line.length : next
      cells.push(line.slice(at, end).trim())
      at = end
    }
    if (at >= line.length) return cells
    at += 1
  }
}

/** The quote that ends a cell: one that is not doubled. */
function findEnd(line: string, from: number): number | null {
  for (let at = from; ; at += 2) {
    at = line.indexOf('"', at)
    if (at < 0) return null
    if (line[at + 1] !== '"') return at
  }
}

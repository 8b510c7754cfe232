/* Tables that fit the terminal. Widths are counted as a terminal shows them, without colours. */

import width from 'fast-string-width'
import { wrapAnsi } from 'fast-wrap-ansi'
import { columnsOf } from './fit.ts'
import { paint } from './output.ts'

const GAP = 2
/** A last column narrower than this is not worth wrapping: the rows become blocks. */
const LEAST_LAST = 24

/** Lines of a table. If it is too wide, its last column is wrapped; if that is not enough, each row becomes a block. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns = columnsOf(),
): string[] {
  const widths = head.map((title, column) =>
    Math.max(width(title), ...rows.map((row) => width(row[column] ?? ''))),
  )
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP, 0)
  const room = columns - before
  if (room >= (widths.at(-1) ?? 0)) return [head.map(bold), ...rows].map((row) => lineOf(row, widths))
  if (room < LEAST_LAST) return rows.flatMap((row) => blockOf(head, row, columns))
  return [lineOf(head.map(bold), widths), ...rows.flatMap((row) => wrapLast(row, widths, { before, room }))]
}

function bold(title: string): string {
  return paint('bold', title)
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => pad(cell, widths[column] ?? 0))
  return padded.join(' '.repeat(GAP)).trimEnd()
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - width(cell)))
}

function wrapLast(
  row: readonly string[],
  widths: readonly number[],
  { before, room }: { before: number; room: number },
): string[] {
  const [first = '', ...more] = wrapAnsi(row.at(-1) ?? '', room, { hard: true }).split('\n')
  return [lineOf([...row.slice(0, -1), first], widths), ...more.map((line) => ' '.repeat(before) + line)]
}

/** One line for each cell, under the first one; rows are set apart by the first cell alone at the margin. */
function blockOf(head: readonly string[], row: readonly string[], columns: number): string[] {
  const [first = '', ...cells] = row
  const names = head.slice(1).map((title) => title.toLowerCase())
  const indent = Math.max(...names.map((name) => width(name))) + 2 + GAP
  return [
    paint('bold', first),
    ...cells.flatMap((cell, index) => {
      const label = `  ${pad(names[index] ?? '', indent - 2)}`
      const lines = wrapAnsi(cell, Math.max(10, columns - indent), { hard: true }).split('\n')
      return lines.map((line, at) => (at === 0 ? label : ' '.repeat(indent)) + line)
    }),
  ]
}

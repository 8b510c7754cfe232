/* How commands print: results on stdout, everything else on stderr. */

import { styleText } from 'node:util'

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

/** Colours text on a terminal; piped output stays plain. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** Prints the result of a command on stdout: one JSON document, or lines for people. */
export function printResult(json: boolean, document: unknown, lines: () => readonly string[]): void {
  const text = json ? JSON.stringify(document, null, 2) : lines().join('\n')
  process.stdout.write(`${text}\n`)
}

/** Prints progress, prompts and errors on stderr. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Lines of a table: columns as wide as their widest cell, two spaces apart, no trailing space. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(head)), ...rows.map(line)]
}

/** `2026-11-22 14:03:05Z`. */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** A distance from now in the largest unit that fits: `in 3d`, `5m ago`. */
export function formatDistance(ms: number): string {
  const size = Math.abs(ms)
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, unitMs] = units.find(([, each]) => size >= each) ?? ['s', 1_000]
  const text = `${Math.round(size / unitMs)}${unit}`
  return ms >= 0 ? `in ${text}` : `${text} ago`
}

/* Text that fits the terminal. */

import width from 'fast-string-width'
import { wrapAnsi } from 'fast-wrap-ansi'

const HANGING = 2

/** How many columns fit. Piped output is never wrapped, so that it can be searched and cut. */
export function columnsOf(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY ? Math.max(20, stream.columns || 80) : Number.POSITIVE_INFINITY
}

/** A line for people, wrapped at words with its continuation indented. Commands stay on one line, to be copied. */
export function wrapLine(line: string, columns = columnsOf()): string[] {
  if (columns === Number.POSITIVE_INFINITY || width(line) <= columns || isCommand(line)) return [line]
  const indent = /^ */.exec(line)?.[0] ?? ''
  const wrapped = wrapAnsi(line.slice(indent.length), columns - indent.length - HANGING, { hard: false })
  return wrapped
    .split('\n')
    .map((part, index) => (index === 0 ? indent : `${indent}${' '.repeat(HANGING)}`) + part.trim())
}

function isCommand(line: string): boolean {
  return /^ *(next|then|or): /.test(line)
}

/* Tables and lines fit the terminal, whatever colours, wide letters and long cells are in them. */

import width from 'fast-string-width'
import { expect, test } from 'vitest'
import { wrapLine } from '../../src/cli/fit.ts'
import { table } from '../../src/cli/table.ts'

const red = (text: string) => `\u001b[31m${text}\u001b[39m`
const head = ['KEY', 'PLACE', 'RESULT', 'DETAIL']
const rows = [
  [
    'renderer-prod',
    'dotenv//srv/renderer/.env#API_KEY',
    red('PROBLEM'),
    'the key 5c954a58fb8458f5 is rejected',
  ],
  ['鍵', 'api', 'ok', 'lists 1 live keys'],
]

test('columns start at the same place in every row, with colours and wide letters', () => {
  const lines = table(head, rows, Number.POSITIVE_INFINITY)
  const starts = lines.map((line) => {
    const at = /DETAIL|the key|lists/.exec(line)?.index ?? -1
    return width(line.slice(0, at))
  })
  expect(new Set(starts).size).toBe(1)
  expect(lines).toHaveLength(3)
})

test('a table that is a little too wide wraps its last column', () => {
  const lines = table(head, rows, 90)
  expect(Math.max(...lines.map((line) => width(line)))).toBeLessThanOrEqual(90)
  expect(lines).toHaveLength(4)
  expect(lines[2]).toMatch(/^ {59,}\S/)
})

test('a table that is much too wide becomes blocks', () => {
  const lines = table(head, rows, 50)
  expect(Math.max(...lines.map((line) => width(line)))).toBeLessThanOrEqual(50)
  expect(lines.filter((line) => line.startsWith('  place '))).toHaveLength(2)
  expect(lines.join('\n')).toContain(red('PROBLEM'))
})

test.each([20, 40, 60, 80, 120])('nothing is wider than %i columns', (columns) => {
  const lines = table(head, rows, columns)
  expect(Math.max(...lines.map((line) => width(line)))).toBeLessThanOrEqual(Math.max(columns, 28))
})

test('a line wraps at words, indented; a command stays whole so that it can be copied', () => {
  expect(wrapLine('  nothing proves that the consumers use the old key', 30)).toEqual([
    '  nothing proves that the',
    '    consumers use the old key',
  ])
  const command = "  next: keyrota resume renderer-prod --confirm 'deleted:the key of Jane'"
  expect(wrapLine(command, 30)).toEqual([command])
  expect(wrapLine('short', 30)).toEqual(['short'])
})

/* A quoted word is one word to a shell, whatever is in it. */

import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quoteWord } from '../../src/contracts/shell-word.ts'

const words = [
  'renderer-prod',
  'deleted:keyrota-renderer-prod-k7f3-20261122-k7f3qa-1',
  '/srv/app/.env',
  'the key of Jane',
  "it's",
  '$HOME `id` $(id) $IFS',
  'a"b\\c',
  '*?[a]{b,c}',
  '~',
  'a=b',
  '=ls',
  '!!',
  '#x',
  '',
  'two\nlines',
  '\u001b[31mred',
  "tab\tand ' quote",
  'Schlüssel 🔑',
]

test.each(words)('%j', (word) => {
  const command = `printf '%s' ${quoteWord(word)}`
  expect(
    execFileSync('bash', ['--norc', '--noprofile', '-c', command], {
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    }),
  ).toBe(word)
})

test('what needs no quotes has none, and nothing acts on the terminal that shows it', () => {
  expect(quoteWord('renderer-prod')).toBe('renderer-prod')
  expect(quoteWord('deleted:key_1')).toBe('deleted:key_1')
  expect(words.map(quoteWord).join('')).not.toMatch(/\p{Cc}/u)
})

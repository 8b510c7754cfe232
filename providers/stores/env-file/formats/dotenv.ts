import type { Definition, Format } from './format.ts'
import { findLineEnd, isPlain, lineAt, matchAt, skipByteOrderMark } from './scanning.ts'

/**
 * The dotenv library of npm, on whose rules others agree for the most part: `export` can come first; values in
 * single quotes or backticks are literal and may span lines; in double quotes `\n` is a newline; a bare value ends at
 * `#` or the end of the line and is trimmed. Where libraries disagree the line is called a problem.
 * https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow
 */
export const dotenv: Format = {
  scan,
  spell,
  limits:
    'its readers (dotenv, godotenv, python-dotenv, compose, bash, Node) read differently: a backslash, `$` before a name, both kinds of quotes, or a control character',
  explainDispute,
}

const HEAD = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(=|:(?=[ \t]))/y
const REST_OF_LINE = /[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|$)/y

function scan(text: string): Definition[] {
  const definitions: Definition[] = []
  let at = skipByteOrderMark(text)
  while (at < text.length) {
    const head = matchAt(HEAD, text, at)
    if (!head) {
      at = findLineEnd(text, at) + 1
      continue
    }
    const [whole, name = '', sign] = head
    const found = readValue(text, at + whole.length)
    const definition = { name, line: lineAt(text, at), ...found }
    if (sign === '=') definitions.push(definition)
    else definitions.push({ ...definition, problem: 'it is written with `:` instead of `=`' })
    at = findLineEnd(text, found.end) + 1
  }
  return definitions
}

type Spelt = Pick<Definition, 'start' | 'end' | 'value'> & { problem?: string }

function readValue(text: string, from: number): Spelt {
  let start = from
  while (text[start] === ' ' || text[start] === '\t') start += 1
  const quote = text[start]
  if (quote === "'" || quote === '"' || quote === '`') {
    const close = findClose(text, start + 1, quote)
    if (close !== -1 && matchAt(REST_OF_LINE, text, close + 1)) return readQuoted(text, start, close, quote)
    return { ...readBare(text, from, start), problem: 'its quotes do not match' }
  }
  return readBare(text, from, start)
}

function findClose(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\' && text[at + 1] === quote) at += 1
    else if (text[at] === quote) return at
  }
  return -1
}

function readQuoted(text: string, start: number, close: number, quote: string): Spelt {
  const inner = text.slice(start + 1, close).replaceAll(/\r\n?/g, '\n')
  const value = quote === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner
  const spelt = { start, end: close + 1, value }
  if (inner.includes(`\\${quote}`))
    return { ...spelt, problem: 'it escapes a quote, which readers take differently' }
  return spelt
}

function readBare(text: string, from: number, start: number): Spelt {
  const lineEnd = findLineEnd(text, start)
  const hash = text.slice(start, lineEnd).indexOf('#')
  const value = text.slice(start, hash === -1 ? lineEnd : start + hash).replace(/[ \t]+$/, '')
  // An empty value is put right behind the sign, so that a comment keeps its distance.
  const spelt = value === '' ? { start: from, end: from, value } : { start, end: start + value.length, value }
  if (hash !== -1 && !/[ \t]/.test(text[start + hash - 1] ?? ''))
    return { ...spelt, problem: 'readers disagree on a `#` that follows the value without a space' }
  return spelt
}

/**
 * Bare, in single or in double quotes: each only for what dotenv, godotenv, python-dotenv, compose, bash and Node read
 * alike. They differ on backslashes, on `$` outside of single quotes, and python-dotenv and dotenv-expand inside of
 * them too; on backticks; and on bare values with white space or signs of the shell.
 */
function spell(value: string): string | undefined {
  if (isPlain(value)) return value
  if (/[^\P{Cc}\n\t]|[\u2028\u2029\ufeff]/u.test(value)) return undefined
  if (!/['\\]|\$[A-Za-z_{]/.test(value)) return `'${value}'`
  return /["\\$`]/.test(value) ? undefined : `"${value}"`
}

function explainDispute(text: string, { start, end }: Definition): string | null {
  const spelling = text.slice(start, end)
  const head = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  if (spelling !== '' && /[ \t]=|=[ \t]/.test(head)) return 'a shell takes no white space around `=`'
  switch (spelling[0]) {
    case "'":
      return explainSign(spelling.slice(1, -1), [
        [/\\/, 'python-dotenv resolves a backslash in single quotes'],
        [/\$[A-Za-z_{]/, 'python-dotenv and dotenv-expand resolve `$` in single quotes'],
      ])
    case '"':
      return explainSign(spelling.slice(1, -1), [
        [/[$`]/, 'a shell, compose and others resolve `$` and backticks in double quotes'],
        [/\\/, 'readers resolve a backslash in double quotes differently'],
      ])
    case '`':
      return 'only dotenv and Node take backticks for quotes'
    default:
      return explainSign(spelling, [
        [BARE_SIGNS, 'a shell and others read a bare value with such signs differently'],
      ])
  }
}

const BARE_SIGNS = /[\s'"`\\$&;|<>()]|^~/

function explainSign(spelling: string, rules: readonly [RegExp, string][]): string | null {
  return rules.find(([sign]) => sign.test(spelling))?.[1] ?? null
}

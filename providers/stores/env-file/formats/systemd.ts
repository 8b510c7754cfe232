import type { Definition, Format } from './format.ts'
import { findLineEnd, isPlain, lineAt, skipByteOrderMark } from './scanning.ts'

/**
 * systemd's `EnvironmentFile=`: lines that begin with `#` or `;` are comments; in single quotes everything is literal;
 * in double quotes a backslash keeps `"`, `\`, backtick and `$`; outside of quotes it keeps any character; a backslash
 * at the end of a line joins it with the next; spaces around the value go.
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
 */
export const systemd: Format = {
  scan,
  spell,
  limits: 'systemd ignores: a control character other than a tab or a line end',
  explainDispute,
}

type State = 'before' | 'bare' | 'bare-escape' | 'single' | 'double' | 'double-escape'

function scan(text: string): Definition[] {
  const definitions: Definition[] = []
  let at = skipByteOrderMark(text)
  let afterOpenComment = false
  while (at < text.length) {
    if (isSpace(text[at]) || isNewline(text[at])) {
      at += 1
      continue
    }
    const lineEnd = findLineEnd(text, at)
    const equals = text.indexOf('=', at)
    if (text[at] === '#' || text[at] === ';' || equals === -1 || equals > lineEnd) {
      afterOpenComment = text[lineEnd - 1] === '\\'
      at = lineEnd + 1
      continue
    }
    const found = readDefinition(text, at, equals)
    definitions.push(
      afterOpenComment ? { ...found, problem: 'the comment above it ends with a backslash' } : found,
    )
    afterOpenComment = false
    at = found.next
  }
  return definitions
}

function readDefinition(text: string, at: number, equals: number): Definition & { next: number } {
  const key = text.slice(at, equals).replace(/[ \t]+$/, '')
  const [, exported] = /^export[ \t]+(.*)$/.exec(key) ?? []
  const found = readValue(text, equals + 1)
  const definition = { ...found, name: exported ?? key, line: lineAt(text, at) }
  if (exported !== undefined) return { ...definition, problem: 'systemd does not understand `export`' }
  return definition
}

/** Reads to the end of the assignment, as the manual describes it, one character at a time. */
function readValue(
  text: string,
  from: number,
): { start: number; end: number; value: string; next: number; problem?: string } {
  let at = from
  while (isSpace(text[at])) at += 1
  const start = at
  let state: State = 'before'
  let value = ''
  // What is kept ends with the last character that is not a trailing space.
  let end = start
  let keptLength = 0
  for (; at < text.length; at += 1) {
    const char = text[at] ?? ''
    const isOutside = state === 'before' || state === 'bare'
    if (isOutside && isNewline(char)) break
    if (state === 'before' && isSpace(char)) continue
    const isTrailing = state === 'bare' && isSpace(char)
    const step = takeChar(state, char)
    value += step.text
    state = step.state
    if (isTrailing) continue
    end = at + 1
    keptLength = value.length
  }
  const found = { start, end, value: value.slice(0, keptLength), next: at + 1 }
  if (state === 'before' || state === 'bare') return found
  return { ...found, problem: 'its quotes are not closed, or the file ends with a backslash' }
}

function takeChar(state: State, char: string): { state: State; text: string } {
  switch (state) {
    case 'before':
      if (char === "'") return { state: 'single', text: '' }
      if (char === '"') return { state: 'double', text: '' }
      if (char === '\\') return { state: 'bare-escape', text: '' }
      return { state: 'bare', text: char }
    case 'bare':
      return char === '\\' ? { state: 'bare-escape', text: '' } : { state, text: char }
    case 'bare-escape':
      return { state: 'bare', text: isNewline(char) ? '' : char }
    case 'single':
      return char === "'" ? { state: 'before', text: '' } : { state, text: char }
    case 'double':
      if (char === '"') return { state: 'before', text: '' }
      return char === '\\' ? { state: 'double-escape', text: '' } : { state, text: char }
    case 'double-escape':
      if ('"\\`$'.includes(char)) return { state: 'double', text: char }
      return { state: 'double', text: char === '\n' ? '' : `\\${char}` }
  }
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}

function isNewline(char: string | undefined): boolean {
  return char === '\n' || char === '\r'
}

function spell(value: string): string | undefined {
  if (isPlain(value)) return value
  // systemd drops a variable whose value has any other control character.
  if (/[^\P{Cc}\n\t]|\ufeff/u.test(value)) return undefined
  if (!value.includes("'")) return `'${value}'`
  return `"${value.replaceAll(/["\\`$]/g, '\\$&')}"`
}

/** Such files are often read by a shell too. */
function explainDispute(text: string, { start, end }: Definition): string | null {
  const spelling = text.slice(start, end)
  const isDisputed = /^"[^"]*"$/s.test(spelling)
    ? /(?<!\\)[$`]/.test(spelling)
    : !/^'[^']*'$/s.test(spelling) && /[\s'"`\\$&;|<>()#]|^~/.test(spelling)
  return isDisputed ? 'a shell that sources the file gets another value' : null
}

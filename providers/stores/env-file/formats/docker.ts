import type { Definition, Format } from './format.ts'
import { skipByteOrderMark } from './scanning.ts'

/**
 * `docker run --env-file`: one variable a line, everything after the first `=` is the value unchanged, quotes and
 * `#` included; a line that begins with `#` is a comment; a name alone is taken from docker's own environment.
 * https://docs.docker.com/reference/cli/docker/container/run/#env
 */
export const docker: Format = {
  scan,
  spell,
  limits: 'docker cannot read from one line: a line end or NUL',
  explainDispute: (text, { start, end }) =>
    /^(['"`]).*\1$/s.test(text.slice(start, end)) ? 'docker passes the quotes on as part of the value' : null,
}

function scan(text: string): Definition[] {
  const definitions: Definition[] = []
  let start = skipByteOrderMark(text)
  for (let line = 1; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start)
    const next = newline === -1 ? text.length : newline
    const end = text[next - 1] === '\r' ? next - 1 : next
    const found = readLine(text, start, end, line)
    if (found) definitions.push(found)
    start = next + 1
  }
  return definitions
}

function readLine(text: string, start: number, end: number, line: number): Definition | undefined {
  const content = text.slice(start, end)
  const assignment = /^[ \t]*(export[ \t]+)?([^=#\s][^=]*?)([ \t]*)(=|$)/.exec(content)
  const [head, exported, name, space, equals] = assignment ?? []
  if (head === undefined || name === undefined) return undefined
  const definition = { name, line, start: start + head.length, end, value: content.slice(head.length) }
  if (exported !== undefined) return { ...definition, problem: 'docker does not understand `export`' }
  if (space !== '') return { ...definition, problem: 'docker takes no space in front of `=`' }
  if (equals === '') return { ...definition, problem: 'a name alone is taken from docker’s own environment' }
  return definition
}

function spell(value: string): string | undefined {
  return /[\n\r\0]/.test(value) ? undefined : value
}

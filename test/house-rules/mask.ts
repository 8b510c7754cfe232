/**
 * A small scanner of TypeScript, so that rules can tell code from comments and strings. It knows enough of the
 * grammar for this repository; the one ambiguous sign, a slash, is judged by what stands before it.
 */

/** After these a slash begins a regular expression; after anything else that ends a value it divides. */
const BEFORE_REGEX =
  /(?:^|[([{,;=:!&|?+\-*%<>~^}]|=>|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield|throw))$/

interface Scan {
  readonly text: string
  at: number
  readonly out: string[]
}

/**
 * The text with the same length and line breaks, in which comments are blanks and the insides of strings, templates
 * and regular expressions are underscores. Code inside `${}` stays code.
 */
export function maskSource(text: string): string {
  const scan: Scan = { text, at: 0, out: [] }
  scanCode(scan, false)
  return scan.out.join('')
}

function scanCode(scan: Scan, inTemplate: boolean): void {
  let depth = 0
  while (scan.at < scan.text.length) {
    const sign = scan.text[scan.at] as string
    if (scan.text.startsWith('//', scan.at)) blankUntil(scan, endOfLine(scan))
    else if (scan.text.startsWith('/*', scan.at)) blankUntil(scan, endOfComment(scan))
    else if (sign === "'" || sign === '"') scanQuoted(scan, sign)
    else if (sign === '`') scanTemplate(scan)
    else if (sign === '/' && BEFORE_REGEX.test(lastCode(scan))) scanRegex(scan)
    else {
      if (sign === '{') depth += 1
      if (sign === '}') {
        if (inTemplate && depth === 0) return
        depth -= 1
      }
      keep(scan)
    }
  }
}

function endOfLine(scan: Scan): number {
  const end = scan.text.indexOf('\n', scan.at)
  return end < 0 ? scan.text.length : end
}

function endOfComment(scan: Scan): number {
  const end = scan.text.indexOf('*/', scan.at + 2)
  return end < 0 ? scan.text.length : end + 2
}

/** What stood last in the code, blanks left out; enough of it to judge a slash. */
function lastCode(scan: Scan): string {
  let end = scan.out.length
  while (end > 0 && /\s/.test(scan.out[end - 1] as string)) end -= 1
  return scan.out.slice(Math.max(0, end - 12), end).join('')
}

function keep(scan: Scan): void {
  scan.out.push(scan.text[scan.at] as string)
  scan.at += 1
}

function hide(scan: Scan, cover: string): void {
  scan.out.push(scan.text[scan.at] === '\n' ? '\n' : cover)
  scan.at += 1
}

function blankUntil(scan: Scan, end: number): void {
  while (scan.at < end) hide(scan, ' ')
}

function scanQuoted(scan: Scan, quote: string): void {
  keep(scan)
  while (scan.at < scan.text.length && scan.text[scan.at] !== quote && scan.text[scan.at] !== '\n') {
    if (scan.text[scan.at] === '\\') hide(scan, '_')
    hide(scan, '_')
  }
  if (scan.at < scan.text.length) keep(scan)
}

function scanTemplate(scan: Scan): void {
  keep(scan)
  while (scan.at < scan.text.length && scan.text[scan.at] !== '`') {
    if (scan.text[scan.at] === '\\') {
      hide(scan, '_')
      hide(scan, '_')
    } else if (scan.text.startsWith('${', scan.at)) {
      keep(scan)
      keep(scan)
      scanCode(scan, true)
      if (scan.at < scan.text.length) keep(scan)
    } else hide(scan, '_')
  }
  if (scan.at < scan.text.length) keep(scan)
}

function scanRegex(scan: Scan): void {
  keep(scan)
  let inClass = false
  while (scan.at < scan.text.length && scan.text[scan.at] !== '\n') {
    const sign = scan.text[scan.at]
    if (sign === '/' && !inClass) break
    if (sign === '[') inClass = true
    if (sign === ']') inClass = false
    if (sign === '\\') hide(scan, '_')
    hide(scan, '_')
  }
  if (scan.at < scan.text.length) keep(scan)
}

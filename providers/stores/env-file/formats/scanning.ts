/** A value of these characters alone needs no quotes with any reader. */
const PLAIN = /^[A-Za-z0-9_.+/:@%,=-]+$/

export function isPlain(value: string): boolean {
  return PLAIN.test(value)
}

/** Where the text begins, after a byte order mark. */
export function skipByteOrderMark(text: string): number {
  return text.startsWith('\xef\xbb\xbf') ? 3 : 0
}

/** Number of the line that contains an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

/** The offset of the next line end, or of the end of the text. */
export function findLineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\n' || text[at] === '\r') return at
  }
  return text.length
}

/** Matches a sticky pattern at an offset. */
export function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(text)
}

/* What a byte may be around a key. The tables are indexed by the byte. */

import { MIN_KEY_LENGTH } from '../contracts/fingerprint.ts'

/** Ends everything: controls, spaces, DEL, and bytes beyond ASCII. No key that can be a token has one of them. */
export const BREAK = 1
/** Ends a word, and may all the same be in a password: quotes, brackets and what separates items of a list. */
export const BRACKET = 2
/** Between a name and its value, or between the parts of an address: `=`, `:`, `&`, `?`, `@`, `#`. */
export const JOINT = 3
/** `/` */
export const SLASH = 4
/** `.` */
export const DOT = 5
export const BACKSLASH = 6
/** What else a key may have. */
const INNER = 0

export const kinds: Uint8Array = makeTable((byte) => {
  if (byte <= 0x20 || byte >= 0x7f) return BREAK
  const char = String.fromCharCode(byte)
  if ('"\'`<>(){}[],;|'.includes(char)) return BRACKET
  if ('=:&?@#'.includes(char)) return JOINT
  if (char === '/') return SLASH
  if (char === '.') return DOT
  return char === '\\' ? BACKSLASH : INNER
})

/** Decoration around a word in running text: `**key**`, `key!`. */
export const trimmable: Uint8Array = makeTable((byte) =>
  Number('*_~!.^$-+:?=#@&/'.includes(String.fromCharCode(byte))),
)

export const endsSentence: Uint8Array = makeTable((byte) =>
  Number('.:?!'.includes(String.fromCharCode(byte))),
)

const IN_BASE64 = 1
const IN_HEX = 2
const digits: Uint8Array = makeTable((byte) => {
  const char = String.fromCharCode(byte)
  return (/[A-Za-z0-9+/_-]/.test(char) ? IN_BASE64 : 0) | (/[0-9a-fA-F]/.test(char) ? IN_HEX : 0)
})

/** Which of the encodings by digits a range can be, without its padding. */
export function digitsIn(bytes: Uint8Array, start: number, end: number): { base64: boolean; hex: boolean } {
  let all = IN_BASE64 | IN_HEX
  for (let at = start; at < end && all !== 0; at += 1) all &= digits[bytes[at] as number] as number
  return { base64: (all & IN_BASE64) !== 0, hex: (all & IN_HEX) !== 0 }
}

/** Calls `take` with each piece between bytes of this kind that is long enough to be a key. */
export function eachPiece(
  bytes: Uint8Array,
  { start, end, at: kind }: { start: number; end: number; at: number },
  take: (from: number, to: number) => void,
): void {
  let from = start
  for (let to = start; to <= end; to += 1) {
    if (to < end && kinds[bytes[to] as number] !== kind) continue
    if (to - from >= MIN_KEY_LENGTH) take(from, to)
    from = to + 1
  }
}

function makeTable(kindOf: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => kindOf(byte))
}

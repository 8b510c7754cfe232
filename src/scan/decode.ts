/* The encodings in which a key is written down, taken off one layer at a time. */

const ESCAPED = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs
const SHORT: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Takes one layer of the escapes of JSON, or of a string in a program, off; a wrong escape stands for its character. */
export function unescapeText(text: string): string {
  return text.replace(ESCAPED, (_, four?: string, two?: string, one?: string) => {
    const code = four ?? two
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return SHORT[one ?? ''] ?? one ?? ''
  })
}

/** Replaces each `%XX`; one that is none stays. Bytes, since a character may have several. */
export function decodePercents(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    const value = byte === 0x25 ? hexAt(bytes, at + 1) : -1
    decoded[length] = value < 0 ? byte : value
    length += 1
    if (value >= 0) at += 2
  }
  return decoded.subarray(0, length)
}

function hexAt(bytes: Uint8Array, at: number): number {
  const pair = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0)
  return /^[0-9a-fA-F]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1
}

const LOOKED_AT = 16

/** Whether decoded bytes can be a key as a whole; random ones hardly ever begin with so much text. */
export function isText(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, LOOKED_AT)
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte < 0x20 || byte === 0x7f) return false
  }
  return true
}

/* Distinguished encoding of ASN.1 (X.690), as far as a certificate needs it. */

/** A value with its tag and length. */
function encode(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content])
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return encode(0x30, ...parts)
}

export function setOf(part: Buffer): Buffer {
  return encode(0x31, part)
}

/** A whole number above zero, given by its bytes. */
export function positiveInteger(bytes: Buffer): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80
  return encode(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

export const TRUE = encode(0x01, Buffer.from([0xff]))

/** Bits in whole bytes, but for `unused` ones at the end. */
export function bitString(bytes: Buffer, unused = 0): Buffer {
  return encode(0x03, Buffer.from([unused]), bytes)
}

export function octetString(bytes: Buffer): Buffer {
  return encode(0x04, bytes)
}

export function utf8String(text: string): Buffer {
  return encode(0x0c, Buffer.from(text))
}

/** An object identifier such as `2.5.29.17`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(0x06, Buffer.from([40 * first + second, ...rest.flatMap(toBase128)]))
}

function toBase128(arc: number): number[] {
  const bytes = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    bytes.unshift(0x80 | (left % 128))
  return bytes
}

/** A moment: UTCTime until the end of 2049 and GeneralizedTime after it, as RFC 5280 section 4.1.2.5 demands. */
export function time(instantMs: number): Buffer {
  const digits = new Date(instantMs).toISOString().replace(/\D/g, '').slice(0, 14)
  const isShort = digits < '2050'
  return encode(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`))
}

/** A member that is told apart by a number of its own: a constructed one holds other values, a primitive one is bytes. */
export function tagged(number: number, content: Buffer, form: 'constructed' | 'primitive'): Buffer {
  return encode((form === 'constructed' ? 0xa0 : 0x80) | number, content)
}

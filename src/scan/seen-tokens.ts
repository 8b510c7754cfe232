/** Bytes of a token that is remembered; longer ones are looked at each time. */
const MAX_LENGTH = 62
const ROW = 64

/**
 * Remembers tokens that are no key, since text repeats itself and hashing costs the most. A token is compared byte by
 * byte, never by a checksum: two tokens that are taken for one would be a key that is not found.
 */
export class SeenTokens {
  readonly #rows: Uint8Array
  readonly #mask: number

  /** Two to the power of this many tokens, 64 bytes each. */
  constructor(power: number) {
    this.#rows = new Uint8Array(ROW << power)
    this.#mask = (1 << power) - 1
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (length > MAX_LENGTH) return false
    const row = this.#rowOf(bytes, start, end)
    const rows = this.#rows
    if (rows[row] !== length) return false
    for (let at = 0; at < length; at += 1) if (rows[row + 1 + at] !== bytes[start + at]) return false
    return true
  }

  /** Takes the place of the token that was there. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length > MAX_LENGTH) return
    const row = this.#rowOf(bytes, start, end)
    const rows = this.#rows
    rows[row] = length
    for (let at = 0; at < length; at += 1) rows[row + 1 + at] = bytes[start + at] as number
  }

  #rowOf(bytes: Uint8Array, start: number, end: number): number {
    let mixed = end - start
    for (let at = start; at < end; at += 1) mixed = Math.imul(mixed ^ (bytes[at] as number), 0x01000193)
    return ((mixed ^ (mixed >>> 15)) & this.#mask) * ROW
  }
}

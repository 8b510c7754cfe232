const NEWLINE = 0x0a
/** Longer lines are none of git's. */
const MAX_LINE_BYTES = 1_024

/** Reads lines and counted bytes in turns from one stream. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  /** Bytes of the present object that were not handed out yet. */
  #left = 0

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next line without its end; null at the end of the stream. */
  async line(): Promise<string | null> {
    let end = this.#held.indexOf(NEWLINE)
    while (end < 0) {
      if (this.#held.length > MAX_LINE_BYTES) throw new RangeError('a line is longer than expected')
      const next = await this.#chunks.next()
      if (next.done) return this.#held.length > 0 ? this.#held.toString() : null
      this.#held = Buffer.concat([this.#held, next.value])
      end = this.#held.indexOf(NEWLINE)
    }
    const line = this.#held.toString('utf8', 0, end)
    this.#held = this.#held.subarray(end + 1)
    return line
  }

  /** The next bytes are one object of this size. */
  limit(size: number): void {
    this.#left = size
  }

  async *chunks(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      if (this.#held.length === 0) {
        const next = await this.#chunks.next()
        if (next.done) return
        this.#held = next.value
      }
      const piece = this.#held.subarray(0, this.#left)
      this.#held = this.#held.subarray(piece.length)
      this.#left -= piece.length
      yield piece
    }
  }

  /** Passes over what of the object was not read. */
  async skipRest(): Promise<void> {
    const rest = this.chunks()
    for (let next = await rest.next(); !next.done; next = await rest.next());
  }
}

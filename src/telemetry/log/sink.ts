/** Where lines of the log go: never waits, so that a reader that stands still holds up no rotation. */

export interface Stream {
  readonly writableLength: number
  write(text: string): unknown
}

/** What is kept for a reader that is slow. */
const MAX_WAITING_BYTES = 1_048_576

export class Sink {
  readonly #stream: Stream
  readonly #render: (line: string) => string
  #dropped = 0

  constructor(stream: Stream, render: (line: string) => string) {
    this.#stream = stream
    this.#render = render
  }

  /** Writes the line, or counts it as dropped while too much waits to be read. */
  write(line: string): void {
    if (this.#stream.writableLength > MAX_WAITING_BYTES) this.#dropped += 1
    else this.#stream.write(this.#render(line))
  }

  /** How many were dropped since it was asked last. */
  takeDropped(): number {
    const count = this.#stream.writableLength > MAX_WAITING_BYTES ? 0 : this.#dropped
    this.#dropped -= count
    return count
  }
}

/** Feeds a stream of any length to the search: constant memory, lines counted, no word cut in two. */
import { BREAK, kinds } from './bytes.ts'
import { type Hit, MAX_KEY_LENGTH, type Searcher } from './search.ts'

/** How far back the end of the last whole word is looked for. */
const MAX_KEPT = 64 * 1024
/** Kept of a text without any break: twice the longest key, so that each key is whole in one of the two. */
const OVERLAP = 2 * MAX_KEY_LENGTH

export class TextStream {
  /** Bytes so far. */
  bytes = 0
  readonly #searcher: Searcher
  readonly #onHit: (hit: Hit) => void
  #kept = Buffer.alloc(0)
  #line = 1
  /** Where each value was last found, so that one that is found in two ways, or in an overlap, counts once. */
  readonly #foundUntil = new Map<string, number>()

  constructor(searcher: Searcher, onHit: (hit: Hit) => void) {
    this.#searcher = searcher
    this.#onHit = onHit
  }

  write(chunk: Buffer): void {
    const base = this.bytes - this.#kept.length
    const all = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk
    this.bytes += chunk.length
    const whole = endOfWords(all)
    if (whole > 0) {
      this.#search(all.subarray(0, whole), base)
      this.#kept = Buffer.from(all.subarray(whole))
    } else if (all.length < MAX_KEPT) {
      this.#kept = Buffer.from(all)
    } else {
      this.#search(all, base)
      this.#kept = Buffer.from(all.subarray(all.length - OVERLAP))
    }
  }

  end(): void {
    if (this.#kept.length > 0) this.#search(this.#kept, this.bytes - this.#kept.length)
    this.#kept = Buffer.alloc(0)
  }

  #search(bytes: Buffer, base: number): void {
    this.#line = this.#searcher.search(bytes, this.#line, (hit) => {
      const found = { ...hit, start: base + hit.start, end: base + hit.end }
      if (found.start < (this.#foundUntil.get(hit.fingerprint) ?? -1)) return
      this.#foundUntil.set(hit.fingerprint, found.end)
      this.#onHit(found)
    })
  }
}

/** The position after the last break; 0: there is none near the end. */
function endOfWords(bytes: Buffer): number {
  const least = Math.max(0, bytes.length - MAX_KEPT)
  for (let at = bytes.length - 1; at >= least; at -= 1)
    if (kinds[bytes[at] as number] === BREAK) return at + 1
  return 0
}

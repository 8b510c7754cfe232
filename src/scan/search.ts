/** Cuts text into everything that can be a key, and looks each up by its fingerprint. */
import { hash } from 'node:crypto'
import { MIN_KEY_LENGTH } from '../contracts/fingerprint.ts'
import {
  BACKSLASH,
  BRACKET,
  BREAK,
  DOT,
  digitsIn,
  eachPiece,
  endsSentence,
  JOINT,
  kinds,
  SLASH,
  trimmable,
} from './bytes.ts'
import { decodePercents, isText, unescapeText } from './decode.ts'
import { variantsOf } from './punctuated.ts'
import { SeenTokens } from './seen-tokens.ts'

/** Longer tokens are no keys; what is encoded in them is looked at all the same. */
export const MAX_KEY_LENGTH = 512
/** Layers of encoding that are taken off. */
const MAX_DEPTH = 3
/** With more parts than this, not every run of neighbouring parts is tried, only each part and each rest. */
const MAX_PAIRED_PARTS = 6
/** Base64 of 16 bytes; their hex. */
const MIN_BASE64_LENGTH = 22
const MIN_HEX_LENGTH = 2 * MIN_KEY_LENGTH
/** Such a run may have begun anywhere, so it is decoded from each of the four digits of a group. */
const LONG_RUN_LENGTH = 1_024
const FINGERPRINT_LENGTH = 16
const NEWLINE = 0x0a
const PERCENT = 0x25
const EQUALS = 0x3d
const BACKSLASH_BYTE = 0x5c

/** A known value, and the bytes it was found in; encoded, those of the whole encoded text. */
export interface Hit {
  start: number
  end: number
  fingerprint: string
  /** `raw`, or the encodings from the inner to the outer one: `url in base64`. */
  form: string
  /** Counted from 1. */
  line: number
}

/** Where a decoded text stands in the outer one. */
interface Place {
  start: number
  end: number
  forms: readonly string[]
}

export class Searcher {
  /** Candidates whose fingerprint was computed. */
  hashed = 0
  readonly #known: ReadonlySet<string>
  readonly #words: SeenTokens
  readonly #candidates: SeenTokens
  readonly #chunks: SeenTokens
  #hits = 0
  #line = 1
  #onHit: (hit: Hit) => void = () => {}

  /** `memory`: it remembers two to the power of this many tokens, for texts that repeat themselves. */
  constructor(known: ReadonlySet<string>, memory = 14) {
    this.#known = known
    this.#words = new SeenTokens(memory)
    this.#candidates = new SeenTokens(memory)
    this.#chunks = new SeenTokens(Math.max(0, memory - 2))
  }

  /** Searches these bytes, which begin in this line. @returns the line after them. */
  search(bytes: Buffer, line: number, onHit: (hit: Hit) => void): number {
    this.#line = line
    this.#onHit = onHit
    this.#cut(bytes, null)
    return this.#line
  }

  #cut(bytes: Buffer, place: Place | null): void {
    const { length } = bytes
    let word = 0
    let chunk = 0
    let isPunctuated = false
    for (let at = 0; at <= length; at += 1) {
      const kind = at === length ? BREAK : (kinds[bytes[at] as number] as number)
      if (kind !== BREAK && kind !== BRACKET) continue
      // A quote after a backslash is a part of the string.
      if (kind === BRACKET && at > word && kinds[bytes[at - 1] as number] === BACKSLASH) continue
      if (at - word >= MIN_KEY_LENGTH) this.#word(bytes, word, at, place)
      word = at + 1
      if (kind === BRACKET) {
        isPunctuated = true
        continue
      }
      if (isPunctuated && at - chunk >= MIN_KEY_LENGTH) this.#chunk(bytes, chunk, at, place)
      chunk = word
      isPunctuated = false
      if (place === null && bytes[at] === NEWLINE) this.#line += 1
    }
  }

  #word(bytes: Buffer, start: number, end: number, place: Place | null): void {
    if (this.#words.has(bytes, start, end)) return
    const before = this.#hits
    const joints: number[] = []
    let hasBackslash = false
    for (let at = start; at < end; at += 1) {
      const kind = kinds[bytes[at] as number]
      if (kind === JOINT) joints.push(at)
      else if (kind === BACKSLASH) hasBackslash = true
    }
    this.#candidate(bytes, start, end, place)
    this.#trimmed(bytes, start, end, place)
    this.#parts(bytes, [start - 1, ...joints, end], place)
    if (hasBackslash) this.#unescaped(bytes, start, end, place)
    // What was cut short by the depth says nothing of the same word elsewhere.
    if (place === null && this.#hits === before) this.#words.add(bytes, start, end)
  }

  #trimmed(bytes: Buffer, start: number, end: number, place: Place | null): void {
    let first = start
    let last = end
    while (first < last && trimmable[bytes[first] as number]) first += 1
    while (last > first && trimmable[bytes[last - 1] as number]) last -= 1
    if (first === start && last === end) return
    let sentence = end
    while (sentence > last && endsSentence[bytes[sentence - 1] as number]) sentence -= 1
    this.#candidate(bytes, start, sentence, place)
    this.#candidate(bytes, first, last, place)
    if (first > start) this.#candidate(bytes, first, end, place)
    if (last < end) this.#candidate(bytes, start, last, place)
  }

  /** `bounds`: the positions between the parts, from the one before the word to its end. */
  #parts(bytes: Buffer, bounds: readonly number[], place: Place | null): void {
    const count = bounds.length - 1
    for (let one = 0; one < count; one += 1) {
      const start = (bounds[one] as number) + 1
      const next = bounds[one + 1] as number
      if (next - start >= MIN_KEY_LENGTH) this.#part(bytes, start, next, place)
      // The padding of base64.
      if (bytes[next] === EQUALS) this.#candidate(bytes, start, next + 1, place)
      if (bytes[next] === EQUALS && bytes[next + 1] === EQUALS) this.#candidate(bytes, start, next + 2, place)
      const lastBound = count <= MAX_PAIRED_PARTS ? one + 2 : count
      for (let other = Math.max(one + 2, lastBound); other <= count; other += 1)
        this.#candidate(bytes, start, bounds[other] as number, place)
    }
  }

  #part(bytes: Buffer, start: number, end: number, place: Place | null): void {
    this.#candidate(bytes, start, end, place)
    if (bytes.subarray(start, end).includes(PERCENT))
      this.#decoded(decodePercents(bytes.subarray(start, end)), 'url', { bytes, start, end, place })
    this.#digits(bytes, start, end, place)
    eachPiece(bytes, { start, end, at: SLASH }, (from, to) => {
      if (to - from < end - start) {
        this.#candidate(bytes, from, to, place)
        this.#digits(bytes, from, to, place)
      }
      eachPiece(bytes, { start: from, end: to, at: DOT }, (first, last) => {
        if (last - first === to - from) return
        this.#candidate(bytes, first, last, place)
        this.#digits(bytes, first, last, place)
      })
    })
  }

  /** Text that is written in the digits of base64 or hex. */
  #digits(bytes: Buffer, start: number, end: number, place: Place | null): void {
    const length = end - start
    if (length < MIN_BASE64_LENGTH) return
    const { base64, hex } = digitsIn(bytes, start, end)
    const from = { bytes, start, end, place }
    if (hex && length >= MIN_HEX_LENGTH && length % 2 === 0)
      this.#decoded(Buffer.from(bytes.toString('latin1', start, end), 'hex'), 'hex', from)
    if (!base64) return
    const shifts = place === null && length > LONG_RUN_LENGTH ? 4 : 1
    for (let shift = 0; shift < shifts; shift += 1)
      this.#decoded(Buffer.from(bytes.toString('latin1', start + shift, end), 'base64'), 'base64', from)
  }

  #unescaped(bytes: Buffer, start: number, end: number, place: Place | null): void {
    const text = unescapeText(bytes.toString('latin1', start, end))
    this.#decoded(Buffer.from(text, 'latin1'), 'json', { bytes, start, end, place })
  }

  #decoded(
    inner: Buffer,
    form: string,
    outer: { bytes: Buffer; start: number; end: number; place: Place | null },
  ): void {
    const { start, end, place } = outer
    const forms = [form, ...(place?.forms ?? [])]
    if (forms.length > MAX_DEPTH) return
    const within = { start: place?.start ?? start, end: place?.end ?? end, forms }
    if (isText(inner)) this.#candidate(inner, 0, inner.length, within)
    this.#cut(inner, within)
  }

  /** A run without blanks that has brackets or quotes in it: a password may have them too. */
  #chunk(bytes: Buffer, start: number, end: number, place: Place | null): void {
    if (end - start > MAX_KEY_LENGTH || this.#chunks.has(bytes, start, end)) return
    const before = this.#hits
    for (const { text, layers } of variantsOf(bytes.toString('latin1', start, end))) {
      const variant = Buffer.from(text, 'latin1')
      const forms = [...Array<string>(layers).fill('json'), ...(place?.forms ?? [])]
      this.#candidate(variant, 0, variant.length, {
        start: place?.start ?? start,
        end: place?.end ?? end,
        forms,
      })
    }
    // Lines, and strings within strings: cut again at what was escaped.
    if (bytes.subarray(start, end).includes(BACKSLASH_BYTE)) this.#unescaped(bytes, start, end, place)
    if (place === null && this.#hits === before) this.#chunks.add(bytes, start, end)
  }

  #candidate(bytes: Buffer, start: number, end: number, place: Place | null): void {
    const length = end - start
    if (length < MIN_KEY_LENGTH || length > MAX_KEY_LENGTH) return
    if (this.#candidates.has(bytes, start, end)) return
    this.hashed += 1
    const fingerprint = hash('sha256', bytes.subarray(start, end), 'hex').slice(0, FINGERPRINT_LENGTH)
    if (!this.#known.has(fingerprint)) {
      this.#candidates.add(bytes, start, end)
      return
    }
    this.#hits += 1
    const [inner = 'raw', ...outer] = place?.forms ?? []
    this.#onHit({
      start: place?.start ?? start,
      end: place?.end ?? end,
      fingerprint,
      form: [inner, ...outer].join(' in '),
      line: this.#line,
    })
  }
}

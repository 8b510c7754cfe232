/** Hashes everything in a text that can be a key, so that the text itself is needed no longer. */
import { fingerprintPart, MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import { SecretValue } from '../../contracts/secret-value.ts'
import { Searcher } from '../../scan/search.ts'

/** A report that is larger is cut here, which is told. */
const MAX_FINGERPRINTS = 3_000
/** No key is nearly as long; what is longer is cut off. */
const MAX_TEXT_BYTES = 64 * 1024

/** Which keys there are is not known here, so that the work cannot depend on it. */
class Everything extends Set<string> {
  override has(): boolean {
    return true
  }
}

export interface Hashed {
  /** Fingerprint → the encoding in which it was read. */
  forms: Map<string, string>
  /** Something was not looked at. */
  isCut: boolean
}

export class TextHasher {
  readonly #searcher = new Searcher(new Everything(), 0)

  /** Hashes each text in every way in which a key can be in it, and as a whole; then wipes it. */
  hash(texts: readonly Buffer[]): Hashed {
    const forms = new Map<string, string>()
    let isCut = false
    const add = (fingerprint: string, form: string) => {
      if (forms.size < MAX_FINGERPRINTS) forms.set(fingerprint, forms.get(fingerprint) ?? form)
      else isCut ||= !forms.has(fingerprint)
    }
    for (const text of texts) {
      isCut ||= text.length > MAX_TEXT_BYTES
      const bytes = text.subarray(0, MAX_TEXT_BYTES)
      for (const whole of wholesOf(bytes)) add(fingerprintPart(new SecretValue(whole)), 'raw')
      this.#searcher.search(bytes, 1, ({ fingerprint, form }) => add(fingerprint, form))
      text.fill(0)
    }
    return { forms, isCut }
  }
}

/** A key of several lines, or with blanks in it, is found only as a whole. */
function wholesOf(bytes: Buffer): string[] {
  const whole = bytes.toString()
  return [...new Set([whole, whole.trim()])].filter((text) => text.length >= MIN_KEY_LENGTH)
}

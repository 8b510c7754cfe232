/** Keeps keys out of what a meter says of where a use came from: gateways put whole requests into labels. */
import { fingerprintText, MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import { fingerprintsIn } from '../../contracts/journal.ts'
import type { Measured } from '../../contracts/meter.ts'
import type { KeyRecord } from '../../contracts/record.ts'

/** What is longer is no name of anything, and every part of it is looked at. */
const LONGEST_READ = 200
const LONGEST_KEPT = 100
/** Words that were looked at, in one reading; beyond it they are looked at again. */
const MOST_KNOWN = 10_000

export type WordCleaner = (
  measured: readonly Measured[],
  records: ReadonlyMap<string, KeyRecord>,
) => Measured[]

/** A word with the value of a managed key anywhere in it becomes `[secret]`; paths lose their query. */
export function createWordCleaner(): WordCleaner {
  const known = new Map<string, string>()
  return (measured, records) => {
    let fingerprints: Set<string> | undefined
    const clean = (trait: string, word: string): string => {
      const before = known.get(word)
      if (before !== undefined) return before
      fingerprints ??= new Set([...records.values()].flatMap(fingerprintsIn))
      const cleaned = cleanWord(trait, word, fingerprints)
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(word, cleaned)
      return cleaned
    }
    return measured.map((one) => {
      const by = Object.entries(one.by ?? {})
      if (by.length === 0) return one
      return { ...one, by: Object.fromEntries(by.map(([trait, word]) => [trait, clean(trait, word)])) }
    })
  }
}

function cleanWord(trait: string, word: string, fingerprints: ReadonlySet<string>): string {
  if (word.length > LONGEST_READ) return '[too long]'
  if (holdsKey(word, fingerprints) || holdsKey(decode(word), fingerprints)) return '[secret]'
  const plain = word.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim()
  const text = trait === 'path' ? plain.replace(/[?#].*$/s, '') : plain
  return text.slice(0, LONGEST_KEPT)
}

/** A key may hold any character that elsewhere parts words, so that every part of the text is compared. */
function holdsKey(text: string, fingerprints: ReadonlySet<string>): boolean {
  for (let from = 0; from + MIN_KEY_LENGTH <= text.length; from += 1)
    for (let to = from + MIN_KEY_LENGTH; to <= text.length; to += 1)
      if (fingerprints.has(fingerprintText(text.slice(from, to)))) return true
  return false
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // A percent sign that belongs to the text itself.
    if (error instanceof URIError) return text
    throw error
  }
}

/** Keeps keys out of what a meter says of where a use came from: gateways put whole requests into labels. */
import { fingerprintText, MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import { fingerprintsIn } from '../../contracts/journal.ts'
import type { Measured } from '../../contracts/meter.ts'
import type { KeyRecord } from '../../contracts/record.ts'

/** What is longer is no name of anything, and every part of it is looked at. */
const LONGEST_READ = 200
const LONGEST_KEPT = 100
/** Parts that are compared in one look, about half a second of work: rotations of this process wait meanwhile. */
const MOST_PARTS = 500_000

export type WordCleaner = (
  measured: readonly Measured[],
  records: ReadonlyMap<string, KeyRecord>,
) => { measured: Measured[]; notes: readonly string[] }

/**
 * A word with the value of a managed key anywhere in it becomes `[secret]`; paths lose their query. With too many
 * different words the later ones are left out: what was not looked at is not kept.
 */
export function createWordCleaner(): WordCleaner {
  const known = new Map<string, string>()
  let partsLeft = MOST_PARTS
  return (measured, records) => {
    let fingerprints: Set<string> | undefined
    let left = 0
    const clean = (trait: string, word: string): string | null => {
      const name = `${trait} ${word}`
      const before = known.get(name)
      if (before !== undefined) return before
      partsLeft -= partsOf(word)
      if (partsLeft < 0) return null
      fingerprints ??= new Set([...records.values()].flatMap(fingerprintsIn))
      const cleaned = cleanWord(trait, word, fingerprints)
      known.set(name, cleaned)
      return cleaned
    }
    const cleanAll = (by: Measured['by']) =>
      Object.entries(by ?? {}).flatMap(([trait, word]) => {
        const cleaned = clean(trait, word)
        if (cleaned === null) left += 1
        return cleaned === null ? [] : [[trait, cleaned]]
      })
    const cleaned = measured.map((one) =>
      one.by ? { ...one, by: Object.fromEntries(cleanAll(one.by)) } : one,
    )
    const notes = left > 0 ? [`too many different words of where uses came from: ${left} were left out`] : []
    return { measured: cleaned, notes }
  }
}

/** How many parts of it can be a key; one more for a word that is too short to hold any. */
function partsOf(word: string): number {
  const starts = word.length - MIN_KEY_LENGTH + 1
  return starts < 1 || word.length > LONGEST_READ ? 1 : (starts * (starts + 1)) / 2
}

function cleanWord(trait: string, word: string, fingerprints: ReadonlySet<string>): string {
  if (word.length > LONGEST_READ) return '[too long]'
  const decoded = decode(word)
  if (holdsKey(word, fingerprints)) return '[secret]'
  if (decoded !== word && holdsKey(decoded, fingerprints)) return '[secret]'
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

/** Keeps keys out of what a meter says of where a use came from: gateways put whole addresses into labels. */
import { fingerprintPart, MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import type { Measured } from '../../contracts/meter.ts'
import { SecretValue } from '../../contracts/secret-value.ts'
import type { Context } from '../context.ts'

const LONGEST = 100
/** Words that were looked up, in this process; beyond it they are looked up again. */
const MOST_KNOWN = 10_000
const pieces = /[^\s:=/?&#@"'`,;()[\]{}]{8,}/g

export type WordCleaner = (measured: readonly Measured[]) => Promise<Measured[]>

/** Words with the value of a managed key in them become `[secret]`; queries of paths are left out altogether. */
export function createWordCleaner({ journal }: Pick<Context, 'journal'>): WordCleaner {
  const known = new Map<string, string>()
  const clean = async (trait: string, word: string): Promise<string> => {
    const plain = word
      .normalize()
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
      .trim()
    const text = trait === 'path' ? plain.replace(/[?#].*$/s, '') : plain
    const before = known.get(text)
    if (before !== undefined) return before
    const cleaned = (await holdsKey(journal, text)) ? '[secret]' : text.slice(0, LONGEST)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, cleaned)
    return cleaned
  }
  return async (measured) => {
    const cleaned: Measured[] = []
    for (const one of measured) {
      const entries = Object.entries(one.by ?? {})
      if (entries.length === 0) cleaned.push(one)
      else {
        const by = await Promise.all(entries.map(async ([trait, word]) => [trait, await clean(trait, word)]))
        cleaned.push({ ...one, by: Object.fromEntries(by) })
      }
    }
    return cleaned
  }
}

async function holdsKey(journal: Context['journal'], text: string): Promise<boolean> {
  const words = new Set([text, ...(text.match(pieces) ?? [])])
  for (const word of words) {
    if (word.length < MIN_KEY_LENGTH) continue
    if ((await journal.holders(fingerprintPart(new SecretValue(word)))).length > 0) return true
  }
  return false
}

/** What `check` says of keys that share a value, before anything is rotated. */

import { digitsOf, isSameKey } from '../contracts/same-key.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { describeShared } from '../workflow/between/alarms.ts'
import type { Answers } from '../workflow/words/questions.ts'

export interface Finding {
  key: string
  /** Target, issuer or consumer. */
  place: string
  level: 'ok' | 'assumed' | 'problem' | 'unavailable'
  text: string
  nextStep?: string
}

/** One key, and what its targets were found to hold. */
export interface Checked {
  key: string
  findings: Finding[]
  readings: Answers['targets']
  holders: Answers['holders']
}

interface Held {
  key: string
  place: string
  fingerprint: string
}

/** Digits of each part → the targets that hold them. */
export function indexHeld(checked: readonly Checked[]): ReadonlyMap<string, Held[]> {
  const index = new Map<string, Held[]>()
  for (const { key, readings } of checked) {
    for (const [place, reading] of Object.entries(readings)) {
      if (reading.is !== 'value') continue
      const { fingerprint } = reading
      for (const digits of digitsOf(fingerprint))
        index.set(digits, [...(index.get(digits) ?? []), { key, place, fingerprint }])
    }
  }
  return index
}

/** Other keys with the value of this one, as the journal knows and as their targets were read now; and fields beside it. */
export function reportSharing(checked: Checked, held: ReadonlyMap<string, Held[]>): Finding[] {
  const { key, readings, holders } = checked
  return Object.entries(readings).flatMap(([place, reading]): Finding[] => {
    if (reading.is !== 'value') return []
    const { fingerprint, beside = {} } = reading
    const known = holders[fingerprint] ?? []
    const seen = digitsOf(fingerprint)
      .flatMap((digits) => held.get(digits) ?? [])
      .filter((one) => one.key !== key && !known.some((other) => other.key === one.key))
      .filter((one) => isSameKey(one.fingerprint, fingerprint))
    const others = [...new Map(seen.map((one) => [one.key, one])).values()]
    const said = describeShared([
      ...known,
      ...others.map((one) => ({ key: one.key, as: 'holds' as const, places: [one.place] })),
    ])
    const fields = Object.keys(beside).filter((field) => digitsOf(fingerprint).includes(beside[field] ?? ''))
    const about = { key, place, level: 'problem' as const }
    return [
      ...(said ? [{ ...about, text: said, nextStep: wayOut(key) }] : []),
      ...fields.map((field) => ({
        ...about,
        text: `the field ${field} of the same secret holds the same key, and no key of the config manages it`,
        nextStep: `Add it to the targets of ${key}, or give what reads it a key of its own.`,
      })),
    ]
  })
}

function wayOut(key: string): string {
  return `Give each a key of its own: keyrota rotate ${quoteWord(key)} asks for that (split), and the shared one is revoked when the last has moved.`
}

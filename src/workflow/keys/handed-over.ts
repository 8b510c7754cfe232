import type { KeyRecord, PastKey } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { setViolation } from '../words/violations.ts'
import { rotateLeaked } from './holdings.ts'

/** An earlier key that other managed keys still use, so that it was not ended with the rotation that left it. */
export interface HandedOver {
  past: PastKey
  /** Who uses it, for people, and by the name of the key. */
  names: string
  keys: readonly string[]
}

/** Shows them with what a person runs next; a leaked one is a trouble of its own. */
export function showHandedOver(record: KeyRecord, living: readonly HandedOver[], now: number): void {
  for (const kind of ['handed-over', 'leaked-key-lives'] as const) {
    const ofKind = living.filter(({ past }) => (past.isLeaked ?? false) === (kind === 'leaked-key-lives'))
    const detail = ofKind.map(describe).join('; ') || null
    const key = ofKind[0]?.keys[0] ?? ''
    const command = kind === 'leaked-key-lives' ? rotateLeaked(key) : `keyrota rotate ${quoteWord(key)}`
    setViolation(record, kind, detail, now, detail === null ? undefined : command)
  }
}

function describe({ past: { fingerprint, isLeaked }, names }: HandedOver): string {
  const which = isLeaked ? 'leaked' : 'earlier'
  return `shared: the ${which} key (${fingerprint}) is still used by ${names}, and is revoked when that one has moved`
}

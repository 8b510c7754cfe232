import { createHash } from 'node:crypto'
import type { Material, SecretValue } from './secret-value.ts'

/** Values shorter than this are refused as keys: a fingerprint of a guessable value would give it away. */
export const MIN_KEY_LENGTH = 16

/** First 16 hex digits of the SHA-256 of one part (UTF-8). */
export function fingerprintPart(value: SecretValue): string {
  return createHash('sha256').update(value.expose(), 'utf8').digest('hex').slice(0, 16)
}

/**
 * The fingerprint of a whole key: of a single part its 16 hex digits; of several `part:hex` joined by commas
 * in the order of the part names, so that the same key gives the same text everywhere.
 */
export function fingerprintOf(material: Material): string {
  const parts = Object.entries(material).sort(([a], [b]) => (a < b ? -1 : 1))
  const [only] = parts
  if (parts.length === 1 && only) return fingerprintPart(only[1])
  return parts.map(([part, value]) => `${part}:${fingerprintPart(value)}`).join(',')
}

/** The name of a part that is too short to be a key, or, unless that is allowed, holds white space; null when none is. */
export function findWeakPart(material: Material, allow: { space: boolean }): string | null {
  const weak = Object.entries(material).find(([, value]) => {
    const text = value.expose()
    return text.length < MIN_KEY_LENGTH || (!allow.space && /\s/.test(text))
  })
  return weak?.[0] ?? null
}

/* Fingerprints: how a key is named in journals, logs and messages without revealing it. */

import { hash } from 'node:crypto'
import type { Material, SecretValue } from './secret-value.ts'

/** Shorter values are refused as keys: the fingerprint of a guessable value would reveal it. */
export const MIN_KEY_LENGTH = 16

/** Returns the first 16 hex digits of the SHA-256 of one part (UTF-8). */
export function fingerprintPart(value: SecretValue): string {
  if (value.expose() === '') throw new Error('an empty value has no fingerprint')
  return fingerprintText(value.expose())
}

/**
 * The same of a text that is only compared with the keys: any word of a message. It becomes no `SecretValue`, since a
 * log leaves out whatever was one.
 */
export function fingerprintText(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16)
}

/**
 * Returns the fingerprint of a whole key: 16 hex digits for a single part; for several parts `part:hex` joined by commas
 * and sorted by name, so that the same key always has the same fingerprint.
 */
export function fingerprintOf(material: Material): string {
  const parts = Object.entries(material).sort(([a], [b]) => (a < b ? -1 : 1))
  const [only] = parts
  if (parts.length === 1 && only) return fingerprintPart(only[1])
  return parts.map(([part, value]) => `${part}:${fingerprintPart(value)}`).join(',')
}

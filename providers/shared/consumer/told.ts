/*
 * What a consumer reports about itself. It is foreign text: what does not have the right form is ignored and never
 * repeated, since a consumer that is set up wrongly may report the key itself.
 */

const fingerprintForm = /^([0-9a-f]{16}|[\w.-]{1,64}:[0-9a-f]{16}(,[\w.-]{1,64}:[0-9a-f]{16}){1,7})$/

/** Numbers below this are seconds since 1970 (until the year 5138), others milliseconds (since March 1973). */
const firstMilliseconds = 100_000_000_000

/** The fingerprint of a key or of one of its parts; undefined for anything else. */
export function readFingerprint(told: unknown): string | undefined {
  if (typeof told !== 'string') return undefined
  const text = told.trim().toLowerCase()
  return fingerprintForm.test(text) ? text : undefined
}

/** Milliseconds since 1970 of a moment given as a number, a number in text, or a date of ISO 8601 with its offset. */
export function readInstant(told: unknown): number | undefined {
  if (typeof told === 'number') return toMilliseconds(told)
  if (typeof told !== 'string') return undefined
  const text = told.trim()
  if (/^\d{1,16}(\.\d+)?(e\+?\d{1,2})?$/i.test(text)) return toMilliseconds(Number(text))
  // Without an offset a date would be read in the time zone of this machine.
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}

/** The value a JSON Pointer (RFC 6901) points to; undefined when there is none. */
export function readPointer(document: unknown, pointer: string): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function toMilliseconds(told: number): number | undefined {
  if (!Number.isFinite(told) || told <= 0) return undefined
  return Math.round(told < firstMilliseconds ? told * 1000 : told)
}

/* Whether two fingerprints name one key, although the two records may split it into different parts. */

/** The digits of each part of a fingerprint. */
export function digitsOf(fingerprint: string): string[] {
  return fingerprint.split(',').map((part) => part.slice(part.indexOf(':') + 1))
}

/** Without the parts that are no secret: who has only those has no key. All of it where nothing would be left. */
export function withoutPublicParts(fingerprint: string, publicParts: readonly string[]): string {
  const secret = fingerprint.split(',').filter((part) => !publicParts.includes(part.split(':')[0] ?? ''))
  return secret.length === 0 ? fingerprint : secret.join(',')
}

/**
 * Whether two fingerprints are of one key: all parts of one are parts of the other, whatever the parts are called. A
 * part in common is not enough: all keys of an account may share its public id.
 */
export function isSameKey(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false
  if (one === other) return true
  const [few, many] = [digitsOf(one), digitsOf(other)].sort((a, b) => a.length - b.length)
  return few?.every((digits) => many?.includes(digits)) ?? false
}

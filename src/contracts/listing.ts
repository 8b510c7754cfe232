/* What a list of keys proves. */

import type { KeyRef } from './key-issuer.ts'

/**
 * Whether a list shows this key: by its id, or by its fingerprint where the list tells it. That a key is missing counts
 * only in a list which shows another key that must be in it.
 */
export function showsKey(
  keys: readonly KeyRef[],
  key: { ref?: KeyRef | undefined; fingerprint?: string | undefined },
): boolean {
  return keys.some(
    (one) => one.id === key.ref?.id || (key.fingerprint !== undefined && one.fingerprint === key.fingerprint),
  )
}

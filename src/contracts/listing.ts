/* What a list of keys proves. */

import { fingerprintText } from './fingerprint.ts'
import type { KeyRef } from './key-issuer.ts'
import { isIdOfSecret } from './secret-in-ref.ts'

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

/**
 * The ids of a list as a record keeps them. Before anything was made nobody can tell whether the ids of an issuer are
 * secrets, so not even those of other people's keys are kept, only their fingerprints.
 */
export function seenIn(keys: readonly KeyRef[]): string[] {
  return keys.map(({ id }) => seenAs(id))
}

/** Whether an id was in the list of which `seenIn` was kept. */
export function wasSeen(seen: readonly string[], id: string): boolean {
  return seen.includes(seenAs(id)) || seen.includes(id)
}

function seenAs(id: string): string {
  return isIdOfSecret(id) ? id : `fp:${fingerprintText(id)}`
}

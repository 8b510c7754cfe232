/* What templates may use of a key: its id, its name and its parts. */

import type { HeldKey } from '../../../src/contracts/key-issuer.ts'
import { isIdOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { Scope } from './template.ts'

/** Returns the parts of a key for templates: a public one as plain text, the others wrapped. */
export function scopeOfParts(material: Material | undefined, publicParts: readonly string[]): Scope {
  return Object.fromEntries(
    Object.entries(material ?? {}).map(([part, value]) => [
      part,
      publicParts.includes(part) ? value.expose() : value,
    ]),
  )
}

/** Returns what is known of a key. An id that stands for a secret is known to nobody but Keyrota, so it is left out. */
export function scopeOfKey(key: HeldKey, publicParts: readonly string[]): Scope {
  const id = key.ref === undefined || isIdOfSecret(key.ref.id) ? undefined : idAtService(key.ref.id)
  return { ...scopeOfParts(key.material, publicParts), id, name: key.ref?.name }
}

const versioned = /^(.+)@([0-9a-f]{16})$/s

/**
 * Returns an id that is another one once the value is another one, for a service that gives an old and a new key the
 * same id: the one of a place, or of a key that is replaced in place.
 */
export function versionId(id: string, fingerprint: string): string {
  return `${id}@${fingerprint}`
}

/** Returns the id as the service knows it. */
export function idAtService(id: string): string {
  return versioned.exec(id)?.[1] ?? id
}

/*
 * What a provider calls an id, a name, a version or an error text is not thereby public. Whatever could enter a record,
 * a screen or a log from outside is held against the secrets that are known, here and nowhere else.
 */

import { ProviderError } from './errors.ts'
import { fingerprintOf, fingerprintPart, fingerprintText } from './fingerprint.ts'
import type { KeyRef } from './key-issuer.ts'
import { holdsSecret, type Material, type SecretValue } from './secret-value.ts'

const secretId = /^fp:[0-9a-f]{16}$/

/**
 * Returns the id of a key whose service knows it by its value alone: `fp:` and a fingerprint, which is that of the value
 * where a key has one secret part.
 */
export function idOfSecret(material: Material, publicParts: readonly string[] = []): string {
  const [only, second] = secretParts(material, publicParts)
  if (only !== undefined && second === undefined) return `fp:${fingerprintPart(only)}`
  return `fp:${fingerprintText(fingerprintOf(material))}`
}

/** Whether an id is the fingerprint of a secret that the service uses as the id. */
export function isIdOfSecret(id: string): boolean {
  return secretId.test(id)
}

/** Returns the parts of a key that are secret. */
export function secretParts(material: Material, publicParts: readonly string[] = []): SecretValue[] {
  return Object.entries(material).flatMap(([part, value]) => (publicParts.includes(part) ? [] : [value]))
}

/**
 * Refuses a key whose id or name gives away what must stay secret.
 * @throws ProviderError `invalid`; effect unknown when the key has just been made, which `made` says.
 */
export function refuseSecretInRef(
  ref: KeyRef,
  secrets: readonly SecretValue[],
  about: { provider: string; made: boolean },
): void {
  const field = (['id', 'name'] as const).find(
    (one) => ref[one] !== undefined && holdsSecret(ref[one], secrets),
  )
  if (field === undefined) return
  throw secretAsRef(field, about)
}

/** The error of an issuer that gives a secret as an id or a name. */
export function secretAsRef(field: 'id' | 'name', about: { provider: string; made: boolean }): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: about.provider,
    message: `the ${field} of a key is, or holds, a secret: it was not kept`,
    effect: about.made ? 'unknown' : 'none',
    nextStep:
      'In an issuer of type http, leave out create.id and list.id and describe list.parts: such keys are known by their fingerprint and revoked by value. A part that is public belongs into publicParts.',
  })
}

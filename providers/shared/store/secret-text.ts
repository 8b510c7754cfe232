import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { isNothing } from '../../../src/contracts/value-shape.ts'
import { namesOf } from './fields.ts'
import { type HeldParts, holdParts } from './held-parts.ts'
import { JsonFieldError, readJsonFields, readTextFields, replaceJsonFields } from './json-fields.ts'
import { failTooLarge, type Place } from './place.ts'

/*
 * For services that keep one string per secret: the parts of a key are fields of a JSON object in that string, or,
 * with the field `null`, the string itself is the key's only part.
 */

/** Whether the key's only part is the whole string. */
export function isWhole(address: SecretAddress): boolean {
  return Object.values(address.fields).includes(null)
}

/**
 * The parts in the text; `undefined`: the secret has no text yet. A blank text has no fields either.
 * @throws ProviderError `invalid` when the text cannot hold fields.
 */
export function readParts(place: Place, text: string | undefined): HeldParts {
  const { address } = place
  if (text === undefined || isNothing(text)) return holdParts(address, () => undefined)
  if (isWhole(address)) return holdParts(address, () => text)
  const names = namesOf(address)
  const values = explainShape(place, () => readJsonFields(text, names))
  const held = holdParts(address, (field) => values[field ?? ''])
  return { ...held, others: otherFields(readTextFields(text), names) }
}

/** The fields that hold text and are not the key's own. */
export function otherFields(
  fields: Readonly<Record<string, unknown>>,
  own: readonly string[],
): Record<string, SecretValue> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' && !own.includes(name) ? [[name, new SecretValue(value)]] : [],
    ),
  )
}

/**
 * The text with the key's parts set and everything else as it was; `undefined`: the secret has no text yet.
 * @throws ProviderError `invalid` when the text cannot hold fields, or would be over the service's limit.
 */
export function replaceParts(
  place: Place,
  text: string | undefined,
  material: Material,
  maxBytes: number,
): string {
  const replaced = putParts(place, text, material)
  const bytes = Buffer.byteLength(replaced, 'utf8')
  if (bytes > maxBytes) throw failTooLarge(place, bytes, maxBytes)
  return replaced
}

function putParts(place: Place, text: string | undefined, material: Material): string {
  const { address } = place
  const entries = Object.entries(material)
  const [only] = entries
  if (isWhole(address) && only !== undefined) return only[1].expose()
  const values = entries.map(([part, value]) => [address.fields[part] ?? '', value.expose()] as const)
  const before = text === undefined || isNothing(text) ? '{}' : text
  return explainShape(place, () => replaceJsonFields(before, Object.fromEntries(values)))
}

function explainShape<T>(place: Place, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof JsonFieldError)) throw thrown
    throw place.fail({
      code: 'invalid',
      says: thrown.message,
      nextStep:
        'Make the secret a JSON object with a string in each named field, or use `field: null` for a secret that is the key itself.',
    })
  }
}

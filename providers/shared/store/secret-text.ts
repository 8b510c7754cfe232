import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { JsonFieldError, readJsonFields, replaceJsonFields } from './json-fields.ts'

/*
 * For services that keep one string per secret: the parts of a key are fields of a JSON object in that string, or,
 * with the field `null`, the string itself is the key's only part.
 */

/** What an error may say of the place. */
export interface TextSubject {
  /** Configured name of the provider. */
  provider: string
  secret: string
}

/** What of a key a text holds. */
export interface HeldParts {
  /** The parts that are there. */
  material: Material
  /** Fields that are not. */
  absent: readonly string[]
}

/**
 * What is wrong with the fields of an address in such a store: none, or the whole secret beside others.
 */
export function checkFields(fields: SecretAddress['fields']): string[] {
  const names = Object.values(fields)
  if (names.length === 0) return ['no field is named']
  if (names.includes(null) && names.length > 1) return ['the whole secret can carry only one part']
  if (names.includes('')) return ['a field needs a name']
  if (new Set(names).size < names.length) return ['two parts name the same field']
  return []
}

/** Whether the key's only part is the whole string. */
export function isWhole(address: SecretAddress): boolean {
  return Object.values(address.fields).includes(null)
}

/** @throws ProviderError `invalid`, effect none, when the parts of the key are not those of the address. */
export function checkParts(address: SecretAddress, material: Material, subject: TextSubject): void {
  const wanted = Object.keys(address.fields).sort().join(', ')
  const given = Object.keys(material).sort().join(', ')
  if (wanted === given) return
  throw refuseText(
    subject,
    `the key has the parts ${given || '(none)'}, the address names ${wanted}`,
    'Name one field for each part of the key in the target.',
  )
}

/** @throws ProviderError `invalid` when the text cannot hold fields. */
export function readParts(text: string, address: SecretAddress, subject: TextSubject): HeldParts {
  const [wholePart] = isWhole(address) ? Object.keys(address.fields) : []
  if (wholePart !== undefined) return { material: { [wholePart]: new SecretValue(text) }, absent: [] }
  const fields = Object.entries(address.fields).map(([part, field]) => [part, field ?? ''] as const)
  const values = withSubject(subject, () =>
    readJsonFields(
      text,
      fields.map(([, field]) => field),
    ),
  )
  const material: Record<string, SecretValue> = {}
  const absent: string[] = []
  for (const [part, field] of fields) {
    const value = values[field]
    if (value === undefined) absent.push(field)
    else material[part] = new SecretValue(value)
  }
  return { material, absent }
}

/**
 * The text with the key's parts set and everything else as it was; `undefined`: the secret has no text yet.
 * @throws ProviderError `invalid` when the text cannot hold fields.
 */
export function replaceParts(
  text: string | undefined,
  address: SecretAddress,
  material: Material,
  subject: TextSubject,
): string {
  const entries = Object.entries(material)
  const [only] = entries
  if (isWhole(address) && only !== undefined) return only[1].expose()
  const values = entries.map(([part, value]) => [address.fields[part] ?? '', value.expose()] as const)
  return withSubject(subject, () => replaceJsonFields(text ?? '{}', Object.fromEntries(values)))
}

/** Whether two keys have the same parts with the same values. */
export function isSameMaterial(one: Material, other: Material): boolean {
  const parts = Object.keys(one)
  return (
    parts.length === Object.keys(other).length &&
    parts.every((part) => one[part]?.expose() === other[part]?.expose())
  )
}

/** @throws ProviderError `invalid`, effect none, when the text is over the service's limit. */
export function checkSize(text: string, maxBytes: number, subject: TextSubject): void {
  const bytes = Buffer.byteLength(text, 'utf8')
  if (bytes <= maxBytes) return
  throw refuseText(
    subject,
    `it would have ${bytes} bytes, ${maxBytes} are allowed`,
    'Keep fewer or shorter fields in this secret.',
  )
}

/** The secret as it is or would be cannot be used; nothing was changed. */
export function refuseText(subject: TextSubject, why: string, nextStep: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: subject.provider,
    message: `secret ${subject.secret}: ${why}`,
    effect: 'none',
    nextStep,
  })
}

function withSubject<T>(subject: TextSubject, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof JsonFieldError)) throw thrown
    throw refuseText(
      subject,
      thrown.message,
      'Make the secret a JSON object with a string in each named field, or use `field: null` for a secret that is the key itself.',
    )
  }
}

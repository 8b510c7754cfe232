import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { Format } from './formats/format.ts'
import { MAX_VALUE_BYTES } from './options.ts'

/** Field → value. */
export function valuesByField({ fields }: SecretAddress, material: Material): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [part, field] of Object.entries(fields)) {
    const value = material[part]?.expose()
    if (value !== undefined && field !== null) values.set(field, value)
  }
  return values
}

/** The first value that is longer than readers take, in words that complete "the file …"; null: none is. */
export function findTooLong(values: ReadonlyMap<string, string>): string | null {
  for (const [field, value] of values)
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
      return `cannot have more than ${MAX_VALUE_BYTES} bytes in ${field}`
  return null
}

/** Why these values cannot be written in a form that all common readers of the format read alike; null: they can. */
export function explainUnfit(address: SecretAddress, material: Material, format: Format): string | null {
  const values = valuesByField(address, material)
  const long = findTooLong(values)
  if (long !== null) return `the file ${long}`
  for (const [field, value] of values)
    if (!value.isWellFormed() || format.spell(value) === undefined)
      return `${field} would have a value that ${format.limits}`
  return null
}

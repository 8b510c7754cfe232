import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { isNothing } from '../../../src/contracts/value-shape.ts'

/** The parts of a key that a place holds. */
export interface HeldParts {
  readonly material: Material
  /** Fields that are not there, or hold no value; `null` for the whole secret. */
  readonly absent: readonly (string | null)[]
  /** The other fields that hold text. */
  readonly others?: Readonly<Record<string, SecretValue>>
}

/** Takes each part from its field. A field that holds nothing counts as absent: the same in every store. */
export function holdParts(
  { fields }: SecretAddress,
  textOf: (field: string | null) => string | undefined,
): HeldParts {
  const material: Record<string, SecretValue> = {}
  const absent: (string | null)[] = []
  for (const [part, field] of Object.entries(fields)) {
    const value = textOf(field)
    if (value === undefined || isNothing(value)) absent.push(field)
    else material[part] = new SecretValue(value)
  }
  return { material, absent }
}

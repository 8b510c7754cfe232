import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { hasNothing } from '../../../src/contracts/value-shape.ts'
import type { Place } from './place.ts'

/** What every store asks of the fields of an address, and of the parts of a key that is written there. */

/** What fields can be in one kind of store. */
export interface FieldGrammar {
  /** Whether one part can be the whole secret (`field: null`); if not, why. */
  readonly whole: 'allowed' | { readonly refused: string }
  /** What is wrong with a field's name, beyond that there has to be one. */
  checkName?(field: string): string[]
}

/** What is wrong with the fields of an address. */
export function checkFields(fields: SecretAddress['fields'], grammar: FieldGrammar): string[] {
  const names = Object.values(fields)
  const problems: string[] = []
  if (names.length === 0) problems.push('no field is named')
  if (new Set(names).size < names.length) problems.push('two parts name the same field')
  if (names.includes('')) problems.push('a field must have a name')
  if (names.includes(null)) {
    if (grammar.whole !== 'allowed') problems.push(grammar.whole.refused)
    else if (names.length > 1) problems.push('only a key with one part can be the whole secret')
  }
  for (const name of names) {
    if (name !== null && name !== '') problems.push(...(grammar.checkName?.(name) ?? []))
  }
  return problems
}

/** The names of the fields; in stores that have no whole secrets these are all of them. */
export function namesOf({ fields }: SecretAddress): string[] {
  return Object.values(fields).filter((field) => field !== null)
}

/** @throws ProviderError `invalid`, effect none, when the parts of the key are not those of the address. */
export function checkParts(place: Place, material: Material): void {
  const wanted = Object.keys(place.address.fields).sort().join(', ')
  const given = Object.keys(material).sort().join(', ')
  if (wanted === given) return
  throw place.fail({
    code: 'invalid',
    says: `has fields for the parts ${wanted}, but the key has ${given || 'no parts'}`,
    nextStep: 'Name one field for each part of the key in the target.',
  })
}

/** @throws ProviderError `invalid`, effect none, when a part of the key is no value: it would read as absent. */
export function checkValues(place: Place, material: Material): void {
  if (!hasNothing(material)) return
  const says = 'cannot take an empty part of a key'
  throw place.fail({
    code: 'invalid',
    says,
    nextStep: 'Check what the issuer returned, or what was supplied.',
  })
}

/** Whether two keys have the same parts with the same values. */
export function isSameMaterial(one: Material, other: Material): boolean {
  const parts = Object.keys(one)
  return (
    parts.length === Object.keys(other).length &&
    parts.every((part) => one[part]?.expose() === other[part]?.expose())
  )
}

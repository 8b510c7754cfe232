import type { Material } from '../../../src/contracts/secret-value.ts'
import { isSameMaterial } from './fields.ts'
import { failChanged, type Place } from './place.ts'

/*
 * The rule by which every store decides what becomes of a write, from what it found right before. A place where only
 * some of the fields exist is neither absent nor whole: no write of ours leaves it so, there is no version to
 * replace, and the place is not free either. It is a conflict, and a person has to look.
 */

/** What a write replaces, and the mark it is made with. */
export interface Intent {
  readonly mark: string
  readonly replaces: string | 'absent'
}

/** What a write found at its place. */
export interface Seen {
  /** The current version; undefined if there is none yet. */
  readonly version: string | undefined
  /** Our fields: all there with the values to be written, all there with others, some there, none there. */
  readonly fields: 'same' | 'other' | 'some' | 'none'
  /**
   * Who made that version. `this`: this write, by its mark. `perhaps`: the store keeps no marks, but this is the
   * version that this write would have made. `outdated`: a version that came after the one this write made. Else `other`.
   */
  readonly madeBy: 'this' | 'perhaps' | 'outdated' | 'other'
}

/** Compares what is there with what is to be written. */
export function compareFields(
  held: { readonly material: Material; readonly absent: readonly unknown[] },
  material: Material,
): Seen['fields'] {
  if (held.absent.length === 0) return isSameMaterial(held.material, material) ? 'same' : 'other'
  return Object.keys(held.material).length === 0 ? 'none' : 'some'
}

/** `write`: send it. `repeat`: it is done already, by the version that was seen. `conflict`: refuse it. */
export function judgeWrite(seen: Seen, { replaces }: Intent): 'write' | 'repeat' | 'conflict' {
  const { fields, madeBy, version } = seen
  const isWhole = fields === 'same' || fields === 'other'
  if (madeBy === 'outdated') return 'conflict'
  if (madeBy === 'this') return fields === 'same' ? 'repeat' : 'conflict'
  if (replaces === 'absent' ? fields === 'none' : isWhole && version === replaces) return 'write'
  return madeBy === 'perhaps' && fields === 'same' ? 'repeat' : 'conflict'
}

/** @throws ProviderError `conflict`, effect none: the place does not hold what the write replaces. */
export function requireFresh(place: Place, seen: Seen, intent: Intent): 'write' | 'repeat' {
  const verdict = judgeWrite(seen, intent)
  if (verdict !== 'conflict') return verdict
  if (seen.madeBy === 'this')
    throw failChanged(place, 'has another value that was written with the same mark')
  throw failChanged(place, `was changed: expected ${describeExpected(intent)}, found ${describeFound(seen)}`)
}

function describeExpected({ replaces }: Intent): string {
  return replaces === 'absent' ? 'no value' : `version ${replaces}`
}

function describeFound({ version, fields }: Seen): string {
  if (fields === 'none' || version === undefined) return 'no value'
  return fields === 'some' ? `only some of the fields in version ${version}` : `version ${version}`
}

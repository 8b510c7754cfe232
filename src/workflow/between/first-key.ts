import type { KeyRecord, Pin, Sighting } from '../../contracts/record.ts'
import { findSimilar } from '../../contracts/similar-name.ts'

/** Names that are listed when none of them is close to the one that was looked for. */
const MOST_NAMES = 8

/**
 * What each target has instead of a key, when none of them holds one; null when one does, or cannot be read. A field
 * that is spelled wrong in the config looks the same as a place that is to get its first key.
 */
export function describeNoKey(record: KeyRecord, pin: Pin): string | null {
  const readable = pin.targets.filter(({ traits }) => traits.readable)
  const said = readable.map((target) => {
    const place = record.places[target.id]
    if (place?.holds !== 'absent') return null
    return `${target.id} does not exist${describeOthers(Object.values(target.fields), place)}`
  })
  if (said.length === 0 || said.includes(null)) return null
  return said.join('; ')
}

/** `; did you mean API_KEY? (the secret has API_KEY, URL)`. */
export function describeOthers(
  wanted: readonly (string | null)[],
  { fields = [] }: Pick<Sighting, 'fields'>,
): string {
  if (fields.length === 0) return ''
  const similar = wanted.flatMap((field) => (field === null ? [] : (findSimilar(field, fields) ?? [])))
  const shown = fields.slice(0, MOST_NAMES).join(', ')
  const more = fields.length > MOST_NAMES ? `, and ${fields.length - MOST_NAMES} more` : ''
  const meant = similar.length > 0 ? `; did you mean ${similar.join(', ')}?` : ''
  return `${meant} (the secret has ${shown}${more})`
}

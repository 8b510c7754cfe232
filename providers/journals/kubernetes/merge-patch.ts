/** JSON merge patches (RFC 7396). */

type Json = Readonly<Record<string, unknown>>

/** What makes `after` of `before`; what `after` no longer has becomes null, and lists are replaced whole. */
export function makeMergePatch(before: object, after: object): Json {
  const patch: Record<string, unknown> = {}
  const [old, wanted] = [before as Json, after as Json]
  for (const name of Object.keys(old)) if (wanted[name] === undefined) patch[name] = null
  for (const [name, value] of Object.entries(wanted)) {
    const had = old[name]
    if (value === undefined || isSameJson(had, value)) continue
    patch[name] = isMap(had) && isMap(value) ? makeMergePatch(had, value) : value
  }
  return patch
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two values are the same JSON, whatever the order of their fields. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSameJson(item, other[index]))
  if (!isMap(one) || !isMap(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length && names.every((name) => isSameJson(one[name], other[name]))
  )
}

/** JSON merge patches (RFC 7396). */

type Json = Readonly<Record<string, unknown>>

/** What makes `after` of `before`; what `after` no longer has becomes null, and lists are replaced whole. */
export function makeMergePatch(before: object, after: object): Json {
  const patch: Record<string, unknown> = {}
  const [old, wanted] = [before as Json, after as Json]
  for (const name of Object.keys(old)) if (wanted[name] === undefined) patch[name] = null
  for (const [name, value] of Object.entries(wanted)) {
    const had = old[name]
    if (value === undefined || isSame(had, value)) continue
    patch[name] = isMap(had) && isMap(value) ? makeMergePatch(had, value) : value
  }
  return patch
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  if (!isMap(one) || !isMap(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => isSame(one[name], other[name]))
}

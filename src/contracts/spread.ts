/**
 * A number from 0 up to 1 that depends on the text alone, the same in every release: FNV-1a over the UTF-16 units,
 * mixed once more as MurmurHash3 ends, since names that differ in their last letter must be far apart.
 */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

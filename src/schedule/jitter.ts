/** Spreads due dates, so that keys made together are not replaced together. */
const DAY_MS = 86_400_000

/** No key is due more than a day before its siblings only because of its name. */
const LONGEST_JITTER_MS = DAY_MS
const JITTER_SHARE = 0.05

/**
 * A number from 0 up to 1 that depends on the name alone, the same in every release: FNV-1a over the UTF-16 units,
 * mixed once more as MurmurHash3 ends, since names that differ in their last letter must be far apart.
 */
export function fractionOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/**
 * How much earlier than its age asks a key is due, so that keys made together are not replaced together: up to a
 * twentieth of `everyMs`, a day at most. Earlier and not later, because `every` is a promise.
 */
export function jitterMs(key: string, everyMs: number): number {
  return Math.floor(fractionOf(key) * Math.min(everyMs * JITTER_SHARE, LONGEST_JITTER_MS))
}

/**
 * The birthday given to an adopted key of unknown age, in milliseconds since 1970: somewhere within the last
 * `everyMs`, so that a thousand keys adopted in one minute come due over the whole of it.
 */
export function spreadSince(key: string, everyMs: number, now: number): number {
  return now - Math.floor(fractionOf(`since ${key}`) * everyMs)
}

import { randomInt } from 'node:crypto'

const KEY_PREFIX = 'ppt_live_'
const KEY_RANDOM_CHARS = 40
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A random key value: the prefix and 40 base62 characters (238 bits). */
export function makeKeyValue(): string {
  return KEY_PREFIX + makeRandom(KEY_RANDOM_CHARS)
}

/** Random base62 text. */
export function makeRandom(chars: number): string {
  return Array.from({ length: chars }, () => BASE62[randomInt(BASE62.length)]).join('')
}

import type { Random } from '../../src/contracts/clock.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** The same characters for the same seed, on any machine; nothing that has to be secret may come from it. */
export function seedRandom(seed: number): Random {
  let state = seed >>> 0
  // Mulberry32: one addition and a mix for each number.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (length) => Array.from({ length }, () => ALPHABET[Math.floor(next() * 36)]).join('')
}

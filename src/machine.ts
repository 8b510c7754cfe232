/** The clock and the random numbers of this machine; the only place in the product that touches either. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Ambient, Clock } from './contracts/clock.ts'

/** The longest time that Node's timers take, a little over 24 days. */
const LONGEST_MS = 2 ** 31 - 1

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    const options = signal ? { signal } : {}
    try {
      await (ms > 0 ? pause(Math.min(ms, LONGEST_MS), undefined, options) : nextTurn(undefined, options))
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    return () => clearTimeout(timer)
  },
  every(ms, run) {
    const timer = setInterval(run, Math.min(ms, LONGEST_MS))
    timer.unref()
    return () => clearInterval(timer)
  },
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** The largest multiple of the alphabet's length in a byte: what lies above would favour its first letters. */
const EVEN_BELOW = 252

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < EVEN_BELOW && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}

export const machine: Ambient = { clock, random: randomText }

/** The clock and the random numbers of this machine; the only place in the product that touches either. */
import { uptime } from 'node:os'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Ambient, Clock } from './contracts/clock.ts'
import { bootName, isProcessGone } from './process-identity.ts'

/** The longest time that Node's timers take, a little over 24 days. */
const LONGEST_MS = 2 ** 31 - 1

/** Node's own steady clock stops while the machine is suspended; the start of the machine tells how long that was. */
const asleep = countSuspended(performance.now(), uptime() * 1_000)

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => {
    const now = performance.now()
    return now + asleep(now, uptime() * 1_000)
  },
  uptime() {
    const boot = bootName()
    return boot === null
      ? null
      : { boot, runMs: Number(process.hrtime.bigint()) / 1e6, upMs: uptime() * 1_000 }
  },
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

/** Differences below this are the coarse steps of the one clock, not a suspended machine. */
const SUSPEND_MIN_MS = 2_000

/** How long the machine has been suspended since the first two readings; never less than before. */
export function countSuspended(startMs: number, startUpMs: number): (nowMs: number, upMs: number) => number {
  let suspendedMs = 0
  return (nowMs, upMs) => {
    const missingMs = upMs - startUpMs - (nowMs - startMs)
    if (missingMs - suspendedMs >= SUSPEND_MIN_MS) suspendedMs = missingMs
    return suspendedMs
  }
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

export const machine: Ambient = { clock, random: randomText, isProcessGone }

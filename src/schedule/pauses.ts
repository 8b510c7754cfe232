/** How pauses of a key, and of all keys, hold a rotation back. */
import { catchUpMsOf, formatMinute } from '../contracts/closures.ts'
import type { Pause } from '../contracts/pause.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { fractionOf } from '../contracts/spread.ts'

interface Held extends Pause {
  isOfAll: boolean
}

export function pausesOf({ paused }: KeyRecord, { pausedAll }: { pausedAll?: Pause | undefined }): Held[] {
  return [
    ...(paused ? [{ ...paused, isOfAll: false }] : []),
    ...(pausedAll ? [{ ...pausedAll, isOfAll: true }] : []),
  ]
}

/** Whether it, or all keys, are paused now. */
export function isPaused(record: KeyRecord, pausedAll: Pause | null, now: number): boolean {
  return sayPaused(record, pausedAll, now) !== null
}

/** By whom, until when and why it, or all keys, are paused now; null: neither is. */
export function sayPaused(record: KeyRecord, pausedAll: Pause | null, now: number): string | null {
  const pauses = pausesOf(record, { pausedAll: pausedAll ?? undefined })
  const held = pauses.find((pause) => holdsNow(pause, now))
  return held ? describePause(held) : null
}

export function holdsNow({ until }: Pause, now: number): boolean {
  return until === undefined || until > now
}

export function holdsWithoutEnd({ until }: Pause): boolean {
  return until === undefined
}

/** When the key may start after the pause: what it has held back starts spread over a while, as after a freeze. */
export function pauseEndFor({ at, until }: Pause, key: string): number {
  if (until === undefined) return Number.POSITIVE_INFINITY
  return until + Math.floor(fractionOf(`catch-up ${key}`) * catchUpMsOf({ from: at, to: until }))
}

export function describePause({ at, by, until, reason, isOfAll }: Held): string {
  const who = isOfAll ? 'all keys are' : 'it is'
  const end = until === undefined ? '' : ` until ${formatMinute(until)}`
  return `${who} paused since ${formatMinute(at)}${end} (${by}${reason === undefined ? '' : `: ${reason}`})`
}

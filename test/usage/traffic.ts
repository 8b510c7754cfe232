/*
 * Made-up traffic of API keys, for measuring false alarms. Every key has a seed, from which everything follows. The
 * model, on purpose rougher than a Poisson process:
 * - kinds: `office` (weekdays by day, a third at weekends), `people` (evenings, more at weekends), `steady`, `job` (one
 *   burst a day at its hour, a little early or late), `rare` (a few busy half hours at random, nothing in between);
 * - levels from 0.5 to 5,000 requests an hour, evenly by their logarithm; growth between -1 % and +4 % a week;
 * - counts are negative binomial: their rate varies from half hour to half hour (coefficient of variation 0.1 to 0.3)
 *   and from day to day (0.1), so that neighbouring hours go up and down together;
 * - twice a month a burst of one or two hours, 1.5 to 2.2 times as much; ten holidays a year, which are like Sundays;
 * - three holes a month of one to 24 hours; summer time moves everything by an hour, twice a year.
 */
import { SLOTS_PER_WEEK } from '../../src/usage/series.ts'

export const KINDS = ['office', 'people', 'steady', 'job', 'rare'] as const
export type TrafficKind = (typeof KINDS)[number]

const DAY = 48
export const YEAR = 364 * DAY

export interface Traffic {
  kind: TrafficKind
  /** Requests in an average hour. */
  level: number
  /** Requests in each half hour; null: a hole. */
  slots: (number | null)[]
  /** What is usual in each half hour, without holidays, bursts and chance. */
  rates: Float64Array
}

/** Numbers from 0 to 1, the same for the same seed. */
export function seedNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function makeTraffic(seed: number, slots = YEAR, only?: TrafficKind): Traffic {
  const next = seedNumbers(seed)
  const kind = only ?? KINDS[Math.floor(next() * KINDS.length)] ?? 'steady'
  const level = 0.5 * 10_000 ** next()
  const growth = 1 + (-0.01 + 0.05 * next())
  const variation = 0.1 + 0.2 * next()
  const job = Math.floor(next() * DAY)
  const holidays = new Set(Array.from({ length: 10 }, () => Math.floor((next() * slots) / DAY)))
  const bursts = makeTimes(next, { each: 14 * DAY, slots, least: 2, most: 4 }, () => 1.5 + 0.7 * next())
  const holes = makeTimes(next, { each: 10 * DAY, slots, least: 2, most: DAY }, () => 1)
  const rates = new Float64Array(slots)
  const counts: (number | null)[] = []
  let today = 1
  let slip = 0
  for (let slot = 0; slot < slots; slot += 1) {
    if (slot % DAY === 0) {
      today = gamma(next, 0.1)
      slip = Math.floor(next() * 3) - 1
    }
    const week = slot / SLOTS_PER_WEEK
    const local = slot + (week > 12 && week < 42 ? 2 : 0)
    const isFree = holidays.has(Math.floor(slot / DAY))
    const shape = shapeOf(kind, local, isFree, job + slip, next)
    const rate = (level / 2) * shape * growth ** week * today * (bursts.get(slot) ?? 1)
    rates[slot] =
      (level / 2) *
      (kind === 'office' && isFree ? shapeOf(kind, local, false, job + slip, next) : shape) *
      growth ** week
    counts.push(holes.has(slot) ? null : poisson(next, rate * gamma(next, variation)))
  }
  return { kind, level, slots: counts, rates }
}

function shapeOf(kind: TrafficKind, slot: number, isFree: boolean, job: number, next: () => number): number {
  const ofDay = ((slot % DAY) + DAY) % DAY
  const weekday = isFree ? 6 : Math.floor(slot / DAY) % 7
  const isWeekend = weekday >= 5
  const wave = (peak: number) => Math.cos(((ofDay - peak) / DAY) * 2 * Math.PI)
  switch (kind) {
    case 'office':
      return Math.exp(1.4 * wave(26)) * 0.6 * (isWeekend ? 0.3 : 1)
    case 'people':
      return Math.exp(0.8 * wave(41)) * 0.85 * (isWeekend ? 1.3 : 1)
    case 'steady':
      return 1
    case 'job':
      return ofDay === (job + DAY) % DAY ? DAY : 0
    case 'rare':
      return next() < 0.02 ? 50 * 0.5 * (0.5 + next()) : 0
  }
}

/** Times of random length, on average one in `each` slots. */
function makeTimes(
  next: () => number,
  { each, slots, least, most }: { each: number; slots: number; least: number; most: number },
  value: () => number,
): Map<number, number> {
  const times = new Map<number, number>()
  for (let at = Math.floor(next() * 2 * each); at < slots; at += 1 + Math.floor(next() * 2 * each)) {
    const length = least + Math.floor(next() * (most - least + 1))
    const one = value()
    for (let slot = at; slot < at + length; slot += 1) times.set(slot, one)
  }
  return times
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** Around 1, with this coefficient of variation (Marsaglia and Tsang). */
function gamma(next: () => number, variation: number): number {
  const shape = 1 / variation ** 2
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(next)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape
  }
}

function poisson(next: () => number, mean: number): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(next)))
  const least = Math.exp(-mean)
  let count = 0
  for (let product = 1 - next(); product > least; product *= 1 - next()) count += 1
  return count
}

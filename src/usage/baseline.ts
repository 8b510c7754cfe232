/**
 * What is usual in each hour of the week, learnt from the weeks before: the median of the same hour, how far hours lie
 * from it (by the median too, so that a few wild ones do not count), and how far the wildest did.
 */
import { MOST_SLOTS, type Series, SLOTS_PER_WEEK, valueAt } from './series.ts'

/** A job may come so many slots earlier or later than usual, also by the change to summer time. */
const SLIP = 2
/** What is usual a little earlier or later counts as this much: steeper than any day begins. */
const OF_NEIGHBOURS = 0.7
/** What grew within the last week counts as usual, up to this. */
const MOST_GROWTH = 3
const LEAST_WEEKS = 2
/** From so many requests an hour on, its size tells more than chance. */
const LEAST_BUSY = 5
/** Of the square of a normal variable. */
const MEDIAN_OF_SQUARE = 0.4549

export interface Baseline {
  /** Of the hour that ends with this slot of the week; NaN: fewer than two weeks are known. */
  usual: Float64Array
  /** How much more than usual the last week had. */
  growth: number
  /** How much hours vary beyond chance, as a part of their size. */
  unrest: number
  /** How far hours usually are from it (see `distance`); at least 1, as chance makes it. */
  spread: number
  /** How far the wildest hours were that are no findings. */
  wildest: number
  /** Hours that were known. */
  hours: number
}

/** Use in the hour that ends with this slot; null: not known. */
export function hourAt(series: Series, slot: number): number | null {
  const [before, last] = [valueAt(series, slot - 1), valueAt(series, slot)]
  return before === null || last === null ? null : before + last
}

/**
 * How far an amount is from what is expected, in standard deviations of chance. Counts spread by the square root of
 * their size, and by `unrest` of the size itself: this transformation makes busy and quiet hours comparable.
 */
export function distance(amount: number, expected: number, unrest: number): number {
  return stabilize(amount, unrest) - stabilize(expected, unrest)
}

function stabilize(amount: number, unrest: number): number {
  const root = Math.sqrt(amount + 0.375)
  return unrest < 0.01 ? 2 * root : (2 / unrest) * Math.asinh(unrest * root)
}

/** From everything before `before`, a slot; `isMarked` hours do not count as wild. */
export function learn(series: Series, before: number, isMarked: (slot: number) => boolean): Baseline {
  const usual = new Float64Array(SLOTS_PER_WEEK).fill(Number.NaN)
  const compared: Compared[] = []
  const ratios: number[] = []
  let hours = 0
  for (let phase = 0; phase < SLOTS_PER_WEEK; phase += 1) {
    const known = hoursOf(series, before, phase)
    hours += known.length
    if (known.length < LEAST_WEEKS) continue
    const middle = median(known.map(({ amount }) => amount))
    usual[phase] = middle
    // The median lies among the hours it is made of: with few weeks they look closer to it than they are.
    const correction = Math.sqrt(known.length / (known.length - 1))
    for (const { slot, amount } of known) {
      if (!isMarked(slot)) compared.push({ amount, middle, correction })
      if (slot >= before - SLOTS_PER_WEEK && middle >= LEAST_BUSY) ratios.push(amount / middle)
    }
  }
  const growth = ratios.length < 24 ? 1 : Math.min(MOST_GROWTH, Math.max(1, median(ratios)))
  const unrest = findUnrest(compared)
  const distances = compared.map(
    ({ amount, middle, correction }) => distance(amount, middle, unrest) * correction,
  )
  const wildest = findWildest(distances)
  return {
    usual,
    growth,
    unrest,
    spread: Math.max(1, 1.4826 * median(distances.map(Math.abs))),
    wildest,
    hours,
  }
}

interface Compared {
  amount: number
  middle: number
  correction: number
}

/** The coefficient of variation beyond chance, from the hours that are busy enough to show it. */
function findUnrest(compared: readonly Compared[]): number {
  const squares = compared
    .filter(({ middle }) => middle >= LEAST_BUSY)
    .map(({ amount, middle, correction }) => {
      const squared = ((amount - middle) * correction) ** 2
      return (squared - MEDIAN_OF_SQUARE * middle) / middle ** 2
    })
  return Math.sqrt(Math.max(0, median(squares)) / MEDIAN_OF_SQUARE)
}

/** The hours of this phase of the week, the newest first. */
function hoursOf(series: Series, before: number, phase: number): { slot: number; amount: number }[] {
  const known: { slot: number; amount: number }[] = []
  const newest = before - 1 - phaseOf(before - 1 - phase)
  for (let slot = newest; slot > before - MOST_SLOTS && slot >= series.first; slot -= SLOTS_PER_WEEK) {
    const amount = hourAt(series, slot)
    if (amount !== null) known.push({ slot, amount })
  }
  return known
}

/** The wildest of each two weeks: with more weeks one incident does not make the next one usual. */
function findWildest(distances: number[]): number {
  if (distances.length === 0) return 0
  const rank = Math.max(1, Math.ceil(distances.length / (2 * SLOTS_PER_WEEK)))
  return Math.max(0, distances.sort((a, b) => b - a)[rank - 1] ?? 0)
}

/** What is usual at this time, with growth; null: not known yet. */
export function expectedAt({ usual, growth }: Baseline, slot: number): number | null {
  const here = usual[phaseOf(slot)] ?? Number.NaN
  if (Number.isNaN(here)) return null
  let most = here
  for (let slip = -SLIP; slip <= SLIP; slip += 1) {
    const near = usual[phaseOf(slot + slip)] ?? Number.NaN
    if (near * OF_NEIGHBOURS > most) most = near * OF_NEIGHBOURS
  }
  return most * growth
}

function phaseOf(slot: number): number {
  return ((slot % SLOTS_PER_WEEK) + SLOTS_PER_WEEK) % SLOTS_PER_WEEK
}

/** 0 for none. Sorts what it is given. */
function median(numbers: number[]): number {
  if (numbers.length === 0) return 0
  numbers.sort((a, b) => a - b)
  const half = numbers.length >> 1
  const upper = numbers[half] ?? 0
  return numbers.length % 2 === 1 ? upper : ((numbers[half - 1] ?? 0) + upper) / 2
}

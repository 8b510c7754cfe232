/* Runs the judgement over made-up traffic as it would have run: hour after hour, on the six weeks before. */
import { type Baseline, learn } from '../../src/usage/baseline.ts'
import { judgeHour } from '../../src/usage/judge-amount.ts'
import { MOST_SLOTS, type Series } from '../../src/usage/series.ts'
import { seedNumbers, type Traffic } from './traffic.ts'

const RULES = { ratio: 3 }
/** An hour that is quiet again for this long ends a finding. */
const OVER = 4

/** What is known at this time, oldest first. */
function seriesUntil(slots: readonly (number | null)[], end: number): Series {
  const first = Math.max(0, end - MOST_SLOTS)
  return { first, values: slots.slice(first, end) }
}

function baselineAt(slots: readonly (number | null)[], end: number, marked: ReadonlySet<number>): Baseline {
  return learn(seriesUntil(slots, end), end, (slot) => marked.has(slot))
}

/** How often somebody is told in a time without an incident; `learnEvery`: slots between two lessons. */
export function countFalseAlarms({ slots }: Traffic, learnEvery = 2): number {
  let [alarms, quietFrom] = [0, 0]
  const marked = new Set<number>()
  let baseline: Baseline | null = null
  for (let slot = 1; slot < slots.length; slot += 1) {
    if (slot % learnEvery === 1 || learnEvery === 1) baseline = baselineAt(slots, slot - 1, marked)
    const window = { first: slot - 1, values: [slots[slot - 1] ?? null, slots[slot] ?? null] }
    const found = judgeHour(window, slot, baseline, RULES, 'requests')
    if (!found) continue
    if (slot > quietFrom) alarms += 1
    for (let one = slot - 1; one <= slot; one += 1) marked.add(one)
    quietFrom = slot + OVER
  }
  return alarms
}

/** So many requests an hour have to be usual where a spike is looked for. */
const LEAST_USUAL = 20

/**
 * An hour with so many times the usual requests (the others come on top of what was there), anywhere in the last week
 * where enough are usual and nothing is missing: after how many hourly readings it is found. A reading comes at a moment that has nothing to do with the
 * spike. 0: not at all; null: there is no such hour.
 */
export function readingsUntilFound(traffic: Traffic, seed: number, times: number): number | null {
  const next = seedNumbers(seed)
  const start = findStart(traffic, next)
  if (start === null) return null
  const slots = withSpike(traffic, start, times)
  const first = Math.floor(start)
  const phase = Math.floor(next() * 2)
  for (let reading = 1; reading <= 3; reading += 1) {
    const end = first + phase + 1 + 2 * (reading - 1)
    // A reading sees the half hours that are complete by then, and judges the two that are new.
    const baseline = baselineAt(slots, end - 2, new Set())
    for (const slot of [end - 2, end - 1]) {
      const window = { first: slot - 1, values: [slots[slot - 1] ?? null, slots[slot] ?? null] }
      if (slot >= first && judgeHour(window, slot, baseline, RULES, 'requests')) return reading
    }
  }
  return 0
}

function findStart({ slots, rates }: Traffic, next: () => number): number | null {
  for (let tries = 0; tries < 500; tries += 1) {
    const start = slots.length - 336 + Math.floor(next() * 330) + next()
    const first = Math.floor(start)
    const isKnown = [-1, 0, 1, 2, 3, 4].every((slot) => typeof slots[first + slot] === 'number')
    if (isKnown && [0, 1, 2].every((slot) => (rates[first + slot] ?? 0) >= LEAST_USUAL / 2)) return start
  }
  return null
}

function withSpike({ slots, rates }: Traffic, start: number, times: number): (number | null)[] {
  const changed = [...slots]
  for (let slot = Math.floor(start); slot <= Math.floor(start + 2); slot += 1) {
    const covered = Math.min(slot + 1, start + 2) - Math.max(slot, start)
    changed[slot] = Math.round((changed[slot] ?? 0) + covered * (times - 1) * (rates[slot] ?? 0))
  }
  return changed
}

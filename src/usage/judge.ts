/** Judges everything that is new in the document of a key. Pure but for the document, which notes what was judged. */
import { SLOT_MS, type UsageDocument, type UsageRules } from '../contracts/usage.ts'
import { learn } from './baseline.ts'
import type { Found } from './found.ts'
import { judgeHour } from './judge-amount.ts'
import { type EndedKey, judgeEnded, judgeIdle, judgeSilence, judgeSources } from './judge-use.ts'
import { readSeries, slotOf } from './series.ts'

/** After this long without a look the older hours are history. */
const LONGEST_BACK_MS = 2 * 86_400_000
/** What was read at first is history too, but for its last hour. */
const FIRST_BACK_MS = 3_600_000

export interface Judging {
  readonly rules: UsageRules
  readonly ended: readonly EndedKey[]
  readonly now: number
  /** Until then the last use of a key may have been a probe of ours. */
  readonly probedUntil: number
}

export function judgeUsage(document: UsageDocument, { rules, ended, now, probedUntil }: Judging): Found[] {
  const amounts = Object.keys(document.series).flatMap((name) => judgeSeries(document, name, rules, now))
  const found = [
    ...amounts,
    ...judgeEnded(document, ended, now),
    ...judgeIdle(document, rules, { now, probedUntil }),
    ...judgeSilence(document, rules, now),
    ...judgeSources(document, now),
  ]
  document.judgedTo = Math.max(document.judgedTo, newestRead(document))
  return found
}

function newestRead({ readTo, judgedTo }: UsageDocument): number {
  return Math.max(judgedTo, ...Object.values(readTo))
}

/** The hours that ended since the last look; of several findings of one kind the one with the most counts. */
function judgeSeries(document: UsageDocument, name: string, rules: UsageRules, now: number): Found[] {
  const series = readSeries(document.series[name])
  const newest = series.first + series.values.length - 1
  const back = document.judgedTo === 0 ? FIRST_BACK_MS : LONGEST_BACK_MS
  const oldest = Math.max(slotOf(document.judgedTo), slotOf(now - back), series.first + 1)
  if (oldest > newest) return []
  const isMarked = (slot: number) =>
    document.marked.some(([from, to]) => (slot + 1) * SLOT_MS > from && (slot - 1) * SLOT_MS < to)
  const baseline = learn(series, oldest, isMarked)
  const unit = name.slice(name.lastIndexOf('/') + 1)
  const most = new Map<string, Found>()
  for (let slot = oldest; slot <= newest; slot += 1) {
    const hour = judgeHour(series, slot, baseline, rules, unit)
    if (!hour) continue
    document.marked.push([hour.from, hour.to])
    const { kind, to, text, numbers } = hour
    const before = most.get(kind)
    const isMore = !before || (numbers.amount ?? 0) > (before.numbers.amount ?? 0)
    if (isMore) most.set(kind, { kind, about: name, lastSeen: to, text, numbers, by: [] })
    else before.lastSeen = to
  }
  return [...most.values()]
}

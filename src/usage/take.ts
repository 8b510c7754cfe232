/** Takes what a meter measured into the document of a key. Pure: the document that is passed in is changed. */
import type { Measured, UsageTrait } from '../contracts/meter.ts'
import { SLOT_MS, type UsageDocument } from '../contracts/usage.ts'
import { addTo, MOST_SLOTS, readSeries, type Series, slotOf, wholeAmount, writeSeries } from './series.ts'

const MOST_SEEN = 200
const MOST_RECENT = 16
const MOST_BY = 5
/** A counter that was read longer ago tells nothing of an hour. */
const LONGEST_SPREAD_MS = 14 * 86_400_000
const LONGEST_WORD = 100

export function newUsage(key: string): UsageDocument {
  return { schema: 1, key, series: {}, totals: {}, readTo: {}, judgedTo: 0, seen: {}, uses: {}, marked: [] }
}

/**
 * `meter` was read up to `completeTo`, or up to the latest of these numbers. What was taken before is not taken again;
 * times of which nothing was told stay unknown.
 */
export function takeMeasured(
  document: UsageDocument,
  meter: string,
  measured: readonly Measured[],
  completeTo: number | 'each',
): void {
  const readTo = document.readTo[meter] ?? 0
  const changed = new Map<string, Series>()
  for (const one of measured) {
    if (one.at <= readTo && !one.isTotal && !one.isLastUse) continue
    const name = `${meter}/${one.unit}`
    const series = changed.get(name) ?? readSeries(document.series[name])
    const spread = one.isTotal ? sinceLast(document, name, one) : one
    noteSource(document, one)
    if (spread) noteUse(document, one, spread)
    if (!spread || one.isLastUse) continue
    changed.set(name, series)
    spreadOver(series, spread)
  }
  for (const [name, series] of changed) document.series[name] = writeSeries(series)
  const latest = measured.reduce((most, { at }) => Math.max(most, at), 0)
  document.readTo[meter] = Math.max(readTo, completeTo === 'each' ? latest : completeTo)
}

interface Spread {
  from: number
  to: number
  amount: number
}

type Given = Pick<Measured, 'from' | 'at' | 'amount'>

/** The amount is taken as even over its time, in whole numbers that add up. */
function spreadOver(series: Series, given: Given | Spread): void {
  const to = 'to' in given ? given.to : given.at
  const { from = to - SLOT_MS, amount } = given
  const whole = wholeAmount(amount)
  const first = slotOf(from)
  const count = Math.max(1, slotOf(to - 1) - first + 1)
  if (count > MOST_SLOTS) return
  let given0 = 0
  for (let index = 0; index < count; index += 1) {
    const until = Math.round((whole * (index + 1)) / count)
    addTo(series, first + index, until - given0)
    given0 = until
  }
}

/** What a counter has grown by since it was read last; one that is lower has begun again. Null: nothing to compare with. */
function sinceLast(document: UsageDocument, name: string, one: Measured): Spread | null {
  const place = [name, one.fingerprint ?? '', ...Object.values(one.by ?? {})].join('|')
  const before = document.totals[place]
  if (before && one.at <= before.at) return null
  if (!before && Object.keys(document.totals).length >= MOST_SEEN) return null
  document.totals[place] = { at: one.at, amount: one.amount }
  if (!before || one.at - before.at > LONGEST_SPREAD_MS) return null
  const amount = one.amount >= before.amount ? one.amount - before.amount : one.amount
  return { from: before.at, to: one.at, amount }
}

function noteSource({ seen }: UsageDocument, { by, at, amount, isTotal, isLastUse }: Measured): void {
  if (amount <= 0 && !isTotal && !isLastUse) return
  for (const [trait, value] of Object.entries(by ?? {})) {
    if (!value) continue
    const name = `${trait as UsageTrait}:${value.slice(0, LONGEST_WORD)}`
    const known = seen[name]
    if (known) seen[name] = [Math.min(known[0], at), Math.max(known[1], at)]
    else if (Object.keys(seen).length < MOST_SEEN) seen[name] = [at, at]
  }
}

function noteUse({ uses }: UsageDocument, one: Measured, given: Given | Spread): void {
  const { fingerprint, by, isLastUse } = one
  const used = isLastUse || given.amount > 0
  if (fingerprint === undefined || !used) return
  const to = 'to' in given ? given.to : given.at
  const from = given.from ?? (isLastUse ? to : to - SLOT_MS)
  const known = uses[fingerprint] ?? { recent: [], by: [] }
  uses[fingerprint] = known
  const amount = isLastUse ? 0 : wholeAmount(given.amount)
  const same = known.recent.find((recent) => recent[0] === from && recent[1] === to)
  if (same && isLastUse) return
  if (same) same[2] += amount
  else known.recent.push([from, to, amount])
  known.recent = known.recent.sort((a, b) => a[1] - b[1]).slice(-MOST_RECENT)
  const named = Object.entries(by ?? {}).map(([trait, value]) => `${trait} ${value.slice(0, LONGEST_WORD)}`)
  if (named.length > 0) known.by = [...new Set([...named, ...known.by])].slice(0, MOST_BY)
}

/** Keys that are long gone, and sources that were not seen for half a year, are forgotten. */
export function forgetOld(document: UsageDocument, fingerprints: readonly string[], now: number): void {
  const known = new Set(fingerprints)
  const longAgo = now - 182 * 86_400_000
  for (const name of Object.keys(document.uses)) if (!known.has(name)) delete document.uses[name]
  for (const place of Object.keys(document.totals)) {
    const [, fingerprint = ''] = place.split('|')
    if (fingerprint !== '' && !known.has(fingerprint)) delete document.totals[place]
  }
  for (const [name, [, last]] of Object.entries(document.seen)) if (last < longAgo) delete document.seen[name]
  document.marked = document.marked.filter(([, to]) => to > now - MOST_SLOTS * SLOT_MS).slice(-50)
}

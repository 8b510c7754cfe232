/** Who uses it and when: keys that should not be used any more, keys that should be idle or busy, new sources. Pure. */
import { SLOT_MS, type UsageDocument, type UsageRules } from '../contracts/usage.ts'
import { expectedAt, learn } from './baseline.ts'
import type { Found } from './found.ts'
import { readSeries, slotOf, valueAt } from './series.ts'

/** A key that nobody should use any more. */
export interface EndedKey {
  readonly fingerprint: string
  /** Everybody was on another key from then on. */
  readonly since: number
  /** `overlap`: it still works; `refused`: it does not. */
  readonly state: 'overlap' | 'refused'
  /** When a last use, of which nobody knows how often, is none of our own probes; absent: never. */
  readonly lastUse?: { readonly from: number; readonly to: number }
}

const DAY_MS = 86_400_000
/** New words are told of after two weeks, while there are few of them: addresses that change all the time are none. */
const LEARN_MS = 14 * DAY_MS
const RECENT_MS = 7 * DAY_MS
const MOST_RECENT = 2
const MOST_WORDS = 50

/** A use counts while it is at most a day old; a time that was only partly after the change proves nothing. */
export function judgeEnded({ uses }: UsageDocument, ended: readonly EndedKey[], now: number): Found[] {
  return ended.flatMap(({ fingerprint, since, state, lastUse }) => {
    const late = (uses[fingerprint]?.recent ?? []).filter(([from, to, amount]) =>
      amount > 0 ? from >= since : lastUse !== undefined && from >= lastUse.from && to <= lastUse.to,
    )
    const last = late.at(-1)
    if (!last || last[1] < now - DAY_MS) return []
    const amount = late.reduce((sum, [, , one]) => sum + one, 0)
    const often = amount > 0 ? `${amount} times` : 'used'
    const text =
      state === 'overlap'
        ? `the old key ${fingerprint} is still used (${often}) after every consumer was moved: one was missed`
        : `the revoked key ${fingerprint} is still tried (${often}): a consumer was missed, or somebody has it`
    const by = uses[fingerprint]?.by ?? []
    return [{ kind: 'old-key', about: fingerprint, lastSeen: last[1], text, numbers: { amount }, by }]
  })
}

/** Any use of a key that should have none, at most a day ago. */
export function judgeIdle(
  document: UsageDocument,
  { idle }: Pick<UsageRules, 'idle'>,
  { now, probedUntil }: { now: number; probedUntil: number },
): Found[] {
  if (!idle) return []
  let [amount, last] = [0, 0]
  for (const stored of Object.values(document.series)) {
    const series = readSeries(stored)
    for (let slot = slotOf(now - DAY_MS); slot <= slotOf(now); slot += 1) {
      const value = valueAt(series, slot) ?? 0
      amount += value
      if (value > 0) last = Math.max(last, (slot + 1) * SLOT_MS)
    }
  }
  const uses = Object.values(document.uses)
  for (const { recent } of uses)
    for (const [from, to, times] of recent) if (times > 0 || from > probedUntil) last = Math.max(last, to)
  if (last < now - DAY_MS) return []
  const text = `used ${amount > 0 ? `${amount} times ` : ''}within a day, though nobody should use it`
  return [
    { kind: 'idle', lastSeen: last, text, numbers: { amount }, by: uses.flatMap(({ by }) => by).slice(0, 5) },
  ]
}

/**
 * A busy key without a use for long. Only times count that a meter said none of, and in which the key is usually used: a
 * hole is not a silence, and neither is the night.
 */
export function judgeSilence(
  document: UsageDocument,
  { silentForMs }: Pick<UsageRules, 'silentForMs'>,
  now: number,
): Found[] {
  if (silentForMs === undefined) return []
  return Object.entries(document.series).flatMap(([name, stored]): Found[] => {
    const series = readSeries(stored)
    const newest = series.first + series.values.length - 1
    const wasUsed = series.values.some((value) => value !== null && value > 0)
    // What was never seen used shows nothing: the meter may count something else.
    if (!wasUsed || (newest + 1) * SLOT_MS < now - silentForMs) return []
    const baseline = learn(series, newest + 1, () => false)
    let silentMs = 0
    for (let slot = newest; slot >= series.first && valueAt(series, slot) === 0; slot -= 1)
      if (expectedAt(baseline, slot) !== 0) silentMs += SLOT_MS
    if (silentMs < silentForMs) return []
    const hours = Math.round(silentMs / 360_000) / 10
    const text = `no use for ${hours} hours in which the key is usually used (${name})`
    return [
      { kind: 'silence', about: name, lastSeen: (newest + 1) * SLOT_MS, text, numbers: { hours }, by: [] },
    ]
  })
}

/** Words of a trait that were first seen since `judgedTo`, once the words of that trait are known. */
export function judgeSources({ seen, judgedTo }: UsageDocument, now: number): Found[] {
  const words = Object.entries(seen).map(([name, [first]]) => ({ name, first, trait: traitOf(name) }))
  return [...Map.groupBy(words, ({ trait }) => trait)].flatMap(([trait, all]): Found[] => {
    const known = all.filter(({ first }) => first <= judgedTo)
    const begun = Math.min(...known.map(({ first }) => first))
    const recent = known.filter(({ first }) => first > now - RECENT_MS)
    const isLearnt = known.length > 0 && now - begun >= LEARN_MS
    if (!isLearnt || known.length > MOST_WORDS || recent.length > MOST_RECENT) return []
    return all
      .filter(({ first }) => first > judgedTo)
      .map(({ name, first }) => ({
        kind: trait === 'path' ? 'new-path' : 'new-source',
        about: name,
        lastSeen: first,
        text: `first use ${trait === 'path' ? 'of' : 'from'} ${trait} ${name.slice(trait.length + 1)}; ${known.length} known before`,
        numbers: { known: known.length },
        by: [name.replace(':', ' ')],
      }))
  })
}

function traitOf(name: string): string {
  return name.slice(0, name.indexOf(':'))
}

import { describe, expect, test } from 'vitest'
import type { Measured } from '../../src/contracts/meter.ts'
import {
  type Finding,
  policyFor,
  SLOT_MS,
  type UsageDocument,
  type UsageRules,
} from '../../src/contracts/usage.ts'
import { compareFindings } from '../../src/usage/findings.ts'
import type { Found } from '../../src/usage/found.ts'
import { judgeUsage } from '../../src/usage/judge.ts'
import type { EndedKey } from '../../src/usage/judge-use.ts'
import { newUsage, takeMeasured } from '../../src/usage/take.ts'

const T0 = Date.UTC(2026, 10, 2)
const DAY = 48
const rules: UsageRules = { from: ['m'], ratio: 3, idle: false, policy: 'tell', policies: {} }

type Amount = (slot: number) => number | null

/** Slots from `from` to `to`, each with so many; null: nothing is told. */
function measure(document: UsageDocument, [from, to]: readonly [number, number], amount: Amount): void {
  const measured: Measured[] = []
  for (let slot = from; slot < to; slot += 1) {
    const one = amount(slot)
    const at = T0 + (slot + 1) * SLOT_MS
    if (one !== null) measured.push({ key: 'k', unit: 'requests', at, from: at - SLOT_MS, amount: one })
  }
  takeMeasured(document, 'm', measured, T0 + to * SLOT_MS)
}

function look(
  document: UsageDocument,
  slot: number,
  change: Partial<UsageRules> = {},
  ended: EndedKey[] = [],
): Found[] {
  return judgeUsage(document, {
    rules: { ...rules, ...change },
    ended,
    now: T0 + slot * SLOT_MS,
    probedUntil: 0,
  })
}

/** Weeks with so many in each half hour, judged up to now. */
function known(weeks: number, amount: Amount): { document: UsageDocument; now: number } {
  const document = newUsage('k')
  const now = weeks * 7 * DAY
  measure(document, [0, now], amount)
  look(document, now)
  return { document, now }
}

const kinds = (found: readonly Found[]) => found.map(({ kind }) => kind)

describe('how much', () => {
  test('more than is allowed is found from the first hour on, before anything is usual', () => {
    const document = newUsage('k')
    measure(document, [0, 2], () => 60)
    expect(look(document, 2, { mostPerHour: 120 })).toEqual([])
    measure(document, [2, 4], () => 61)
    const [found] = look(document, 4, { mostPerHour: 120 })
    expect(found).toMatchObject({ kind: 'limit', numbers: { amount: 122, allowed: 120 } })
  })

  test('what was there when the watch began is history, but for its last hour', () => {
    const document = newUsage('k')
    measure(document, [0, 96], (slot) => (slot < 90 ? 1_000 : 1))
    expect(look(document, 96, { mostPerHour: 500 })).toEqual([])
  })

  test('a spike needs two weeks, three times what is usual, and more than chance', () => {
    const { document, now } = known(1, () => 50)
    measure(document, [now, now + 2], () => 500)
    expect(look(document, now + 2)).toEqual([])
    const two = known(2, () => 50)
    measure(two.document, [two.now, two.now + 2], () => 140)
    expect(look(two.document, two.now + 2)).toEqual([])
    measure(two.document, [two.now + 2, two.now + 4], () => 250)
    const [found] = look(two.document, two.now + 4)
    expect(found).toMatchObject({ kind: 'spike', about: 'm/requests', numbers: { amount: 500, usual: 100 } })
    expect(found?.text).toContain('usual at that time of the week: 100')
  })

  test('a few requests are no spike where none are usual', () => {
    const { document, now } = known(3, () => 0)
    measure(document, [now, now + 2], () => 9)
    expect(look(document, now + 2)).toEqual([])
    measure(document, [now + 2, now + 4], () => 30)
    expect(kinds(look(document, now + 4))).toEqual(['spike'])
  })

  test('the same hour of the week counts, and not the day before', () => {
    const atMonday: Amount = (slot) => (Math.floor(slot / DAY) % 7 === 0 ? 400 : 20)
    const { document, now } = known(3, atMonday)
    measure(document, [now, now + DAY], atMonday)
    expect(look(document, now + DAY)).toEqual([])
    measure(document, [now + DAY, now + 2 * DAY], () => 400)
    expect(kinds(look(document, now + 2 * DAY))).toEqual(['spike'])
  })

  test('a hole is no idleness: what comes after it is judged by the weeks, and not by the hole', () => {
    const { document, now } = known(3, () => 50)
    measure(document, [now, now + DAY], () => null)
    measure(document, [now + DAY, now + DAY + 4], () => 60)
    expect(look(document, now + DAY + 4, { silentForMs: 3_600_000 })).toEqual([])
  })

  test('what was found does not become usual for the next time', () => {
    const { document, now } = known(4, () => 50)
    let at = now
    for (let day = 0; day < 6; day += 1) {
      measure(document, [at, at + DAY], (slot) => (slot < at + 4 ? 300 : 50))
      expect(kinds(look(document, at + DAY)), `day ${day}`).toEqual(['spike'])
      at += DAY
    }
  })
})

describe('who and when', () => {
  test('a revoked key that is still tried, and an old one after the cut-over, with who it is', () => {
    const document = newUsage('k')
    const at = T0 + 10 * SLOT_MS
    const use: Measured = {
      key: 'k',
      unit: 'requests',
      at,
      from: at - SLOT_MS,
      amount: 3,
      fingerprint: 'aaaa',
      by: { consumer: 'batch' },
    }
    takeMeasured(document, 'm', [use], at)
    const before = { fingerprint: 'aaaa', since: at - SLOT_MS, state: 'overlap' } as const
    expect(look(document, 10, {}, [before])[0]).toMatchObject({
      kind: 'old-key',
      by: ['consumer batch'],
      numbers: { amount: 3 },
    })
    // It may all have been before the cut-over.
    expect(look(document, 10, {}, [{ ...before, since: at - SLOT_MS + 1 }])).toEqual([])
    expect(look(document, 10 + 2 * DAY, {}, [before])).toEqual([])
    expect(look(document, 10, {}, [{ ...before, state: 'refused' }])[0]?.text).toContain('still tried')
  })

  test('any use of a key that should be idle, once, until a day is quiet', () => {
    const { document, now } = known(1, () => 0)
    expect(look(document, now, { idle: true })).toEqual([])
    measure(document, [now, now + 1], () => 1)
    expect(kinds(look(document, now + 1, { idle: true }))).toEqual(['idle'])
    measure(document, [now + 1, now + 50], () => 0)
    expect(look(document, now + 50, { idle: true })).toEqual([])
  })

  test('silence: only what a meter says is none, only in hours in which the key is used', () => {
    const byDay: Amount = (slot) => (slot % DAY >= 16 && slot % DAY < 36 ? 40 : 0)
    const { document, now } = known(3, byDay)
    const silentForMs = 4 * 3_600_000
    measure(document, [now, now + 16], byDay)
    expect(look(document, now + 16, { silentForMs })).toEqual([])
    const dark = structuredClone(document)
    measure(dark, [now + 16, now + 26], () => null)
    expect(look(dark, now + 26, { silentForMs })).toEqual([])
    measure(document, [now + 16, now + 26], () => 0)
    expect(look(document, now + 26, { silentForMs })[0]).toMatchObject({ kind: 'silence' })
    const never = known(3, () => 0)
    expect(look(never.document, never.now, { silentForMs })).toEqual([])
  })

  test('a consumer or a model that was never seen, once the others are known', () => {
    const document = newUsage('k')
    const see = (slot: number, by: Measured['by']) => {
      const at = T0 + slot * SLOT_MS
      takeMeasured(
        document,
        'm',
        [{ key: 'k', unit: 'requests', at, from: at - SLOT_MS, amount: 1, ...(by ? { by } : {}) }],
        at,
      )
      return look(document, slot)
    }
    expect(see(1, { consumer: 'web', path: '/v1/chat' })).toEqual([])
    expect(see(5 * DAY, { consumer: 'batch', path: '/v1/chat' })).toEqual([])
    expect(see(20 * DAY, { consumer: 'web', path: '/v1/chat' })).toEqual([])
    const found = see(21 * DAY, { consumer: 'laptop', path: '/v1/images' })
    expect(found.map(({ kind, about }) => [kind, about])).toEqual([
      ['new-source', 'consumer:laptop'],
      ['new-path', 'path:/v1/images'],
    ])
    expect(see(22 * DAY, { consumer: 'laptop', path: '/v1/images' })).toEqual([])
  })

  test('addresses that change all the time are not told of', () => {
    const document = newUsage('k')
    for (let day = 0; day < 40; day += 1) {
      const at = T0 + day * DAY * SLOT_MS
      takeMeasured(
        document,
        'm',
        [{ key: 'k', unit: 'requests', at, amount: 1, by: { address: `10.0.0.${day}` } }],
        at,
      )
      expect(look(document, day * DAY), `day ${day}`).toEqual([])
    }
  })
})

describe('findings', () => {
  const HOUR = 3_600_000
  const found = (lastSeen: number, more: Partial<Found> = {}): Found => ({
    ...{ kind: 'spike', about: 'm/requests', lastSeen, text: 'much', numbers: { amount: 5 }, by: [] },
    ...more,
  })
  const compare = (before: readonly Finding[], list: Found[], now: number, readTo = now) =>
    compareFindings(before, list, { rules, now, readTo })

  test('one that goes on is told once, keeps its worst numbers, and is over when the use is known to be usual', () => {
    const first = compare([], [found(T0)], T0)
    expect(first.begun).toHaveLength(1)
    const again = compare(
      first.findings,
      [found(T0 + HOUR, { numbers: { amount: 9 }, text: 'more' })],
      T0 + HOUR,
    )
    expect([again.begun, again.over]).toEqual([[], []])
    expect(again.findings[0]).toMatchObject({ text: 'more', since: T0, lastSeen: T0 + HOUR })
    const less = compare(again.findings, [found(T0 + 2 * HOUR)], T0 + 2 * HOUR)
    expect(less.findings[0]?.numbers).toEqual({ amount: 9 })
    // The meter is away: nothing is over because nobody looks.
    expect(compare(less.findings, [], T0 + 20 * HOUR, T0 + 2 * HOUR).over).toEqual([])
    expect(compare(less.findings, [], T0 + 4 * HOUR).over).toHaveLength(1)
  })

  test('what comes back after it was over is new; a silence is over with the first use', () => {
    const { findings } = compare(compare([], [found(T0)], T0).findings, [], T0 + 3 * HOUR)
    expect(compare(findings, [found(T0 + 5 * HOUR)], T0 + 5 * HOUR).begun).toHaveLength(1)
    const silence = compare([], [found(T0, { kind: 'silence' })], T0).findings
    expect(compare(silence, [], T0 + HOUR).over).toHaveLength(1)
  })

  test('nothing is rotated because of a silence', () => {
    expect(policyFor({ ...rules, policy: 'rotate' }, 'silence')).toBe('ask')
    expect(policyFor({ ...rules, policy: 'rotate' }, 'spike')).toBe('rotate')
    expect(policyFor({ ...rules, policies: { spike: 'rotate' } }, 'idle')).toBe('tell')
  })
})

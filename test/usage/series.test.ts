import { describe, expect, test } from 'vitest'
import type { Measured } from '../../src/contracts/meter.ts'
import { documentNameOf, SLOT_MS } from '../../src/contracts/usage.ts'
import { addTo, MOST_SLOTS, readSeries, type Series, valueAt, writeSeries } from '../../src/usage/series.ts'
import { newUsage, takeMeasured } from '../../src/usage/take.ts'
import { seedNumbers } from './traffic.ts'

const T0 = 1_800_000_000_000

function seriesOf(document: ReturnType<typeof newUsage>, name = 'm/requests'): (number | null)[] {
  return readSeries(document.series[name]).values
}

function counted(amount: number, at: number, more: Partial<Measured> = {}): Measured {
  return { key: 'k', unit: 'requests', at, from: at - SLOT_MS, amount, ...more }
}

describe('the text of a series', () => {
  test('any series is read as it was written', () => {
    const next = seedNumbers(7)
    for (let round = 0; round < 200; round += 1) {
      const values = Array.from({ length: Math.floor(next() * 60) }, () =>
        next() < 0.2 ? null : next() < 0.4 ? 0 : Math.floor(next() * 10 ** (next() * 9)),
      )
      const series = { first: 1_000_000, values }
      expect(readSeries(writeSeries(series)).values).toEqual(values)
    }
  })

  test('what is damaged is not known, and is bounded', () => {
    expect(readSeries({ first: 5, text: '1,??,3,0*zzzz' }).values.slice(0, 3)).toEqual([1, null, 3])
    expect(readSeries({ first: 5, text: '0*zzzz,0*zzzz' }).values.length).toBeLessThanOrEqual(MOST_SLOTS)
    expect(readSeries({ first: Number.NaN, text: '1' }).values).toEqual([])
  })

  test('six weeks of the largest numbers stay far below what a journal takes', () => {
    const series: Series = { first: 0, values: [] }
    for (let slot = 0; slot < 2 * MOST_SLOTS; slot += 1) addTo(series, slot, 1e300 + slot)
    expect(series.values).toHaveLength(MOST_SLOTS)
    expect(
      writeSeries({ ...series, values: series.values.map((value, at) => (value ?? 0) - at) }).text.length,
    ).toBeLessThan(20_000)
  })

  test('what comes late is added where it belongs, and what is too old is dropped', () => {
    const series: Series = { first: 0, values: [] }
    addTo(series, 5_000, 7)
    addTo(series, 4_998, 1)
    addTo(series, 4_998, 2)
    addTo(series, 5_000 - MOST_SLOTS, 9)
    expect([4_997, 4_998, 4_999, 5_000].map((slot) => valueAt(series, slot))).toEqual([null, 3, null, 7])
  })
})

describe('what a meter measured', () => {
  test('is taken once, however often it is read', () => {
    const document = newUsage('k')
    for (let again = 0; again < 3; again += 1)
      takeMeasured(document, 'm', [counted(5, T0), counted(7, T0 + SLOT_MS)], T0 + SLOT_MS)
    expect(seriesOf(document)).toEqual([5, 7])
  })

  test('several sources of one time add up; a time without a number is not known', () => {
    const document = newUsage('k')
    const by = (consumer: string) => ({ by: { consumer } })
    takeMeasured(
      document,
      'm',
      [counted(5, T0, by('a')), counted(6, T0, by('b')), counted(1, T0 + 2 * SLOT_MS)],
      'each',
    )
    expect(seriesOf(document)).toEqual([11, null, 1])
    expect(Object.keys(document.seen)).toEqual(['consumer:a', 'consumer:b'])
  })

  test('less than one use is a use', () => {
    const document = newUsage('k')
    takeMeasured(document, 'm', [counted(0.2, T0), counted(0, T0 + SLOT_MS)], 'each')
    expect(seriesOf(document)).toEqual([1, 0])
  })

  test('a counter counts by its growth, spread over the time since; one that is lower has begun again', () => {
    const document = newUsage('k')
    const total = (amount: number, at: number): Measured => ({
      key: 'k',
      unit: 'requests',
      at,
      amount,
      isTotal: true,
    })
    takeMeasured(document, 'm', [total(100, T0)], 'each')
    expect(seriesOf(document)).toEqual([])
    takeMeasured(document, 'm', [total(108, T0 + 4 * SLOT_MS)], 'each')
    expect(seriesOf(document)).toEqual([2, 2, 2, 2])
    takeMeasured(document, 'm', [total(3, T0 + 5 * SLOT_MS), total(99, T0 + SLOT_MS)], 'each')
    expect(seriesOf(document)).toEqual([2, 2, 2, 2, 3])
    const month = 30 * 48 * SLOT_MS
    takeMeasured(document, 'm', [total(9_000, T0 + month)], 'each')
    expect(seriesOf(document)).toHaveLength(5)
  })

  test('uses of each key are kept apart, bounded, with who it was', () => {
    const document = newUsage('k')
    const many = Array.from({ length: 40 }, (_, at) =>
      counted(1, T0 + at * SLOT_MS, { fingerprint: 'old', by: { consumer: `c${at}` } }),
    )
    takeMeasured(document, 'm', many, 'each')
    takeMeasured(
      document,
      'n',
      [{ key: 'k', fingerprint: 'new', unit: 'requests', at: T0, amount: 0, isLastUse: true }],
      T0,
    )
    expect(document.uses.old?.recent).toHaveLength(16)
    expect(document.uses.old?.by).toEqual([
      'consumer c39',
      'consumer c38',
      'consumer c37',
      'consumer c36',
      'consumer c35',
    ])
    expect(document.uses.new?.recent).toEqual([[T0, T0, 0]])
    expect(document.series['n/requests']).toBeUndefined()
  })
})

test('the documents of keys of teams have a name that every journal takes', () => {
  expect(documentNameOf('renderer-prod')).toBe('renderer-prod')
  expect(documentNameOf('team-a/renderer')).toBe('team-a.renderer')
  const [one, other] = ['a', 'b'].map((end) => documentNameOf(`${'n'.repeat(63)}/${'k'.repeat(60)}${end}`))
  expect(one).toMatch(/^[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?$/)
  expect(one).not.toBe(other)
})

import { expect, test } from 'vitest'
import { parseInstant, parseWhen } from '../../src/contracts/instant.ts'

const NOW = Date.parse('2026-11-27T10:00Z')

test.each([
  ['2027-01-06T08:00+01:00', '2027-01-06T07:00:00.000Z'],
  ['2027-01-06T08:00:30.5Z', '2027-01-06T08:00:30.500Z'],
  ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
])('%s is a moment', (text, expected) => {
  expect(new Date(parseInstant(text) ?? 0).toISOString()).toBe(expected)
  expect(parseWhen(text, NOW)).toBe(parseInstant(text))
})

test.each([
  '2027-02-29T08:00Z',
  '2027-02-30T08:00Z',
  '2027-01-06T25:00Z',
  '2027-01-06T08:00',
  '2027-01-06',
  '',
  'x',
])('%j is none', (text) => {
  expect(parseInstant(text)).toBeNull()
  expect(parseWhen(text, NOW)).toBeNull()
})

test('a duration counts from now, and one that no date can hold is none', () => {
  expect(parseWhen('2h', NOW)).toBe(NOW + 7_200_000)
  expect(parseWhen('999999999w', NOW)).toBeNull()
})

/* What a meter says of where a use came from: no key stays in it, and it cannot hold the process up. */
import { expect, test } from 'vitest'
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import type { Measured } from '../../../src/contracts/meter.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { newRecord } from '../../../src/contracts/record.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { createWordCleaner } from '../../../src/service/usage/clean-words.ts'

const VALUE = 'sk-live/4d3f+9a8b7c6d5e'

function recordsOf(value: string): ReadonlyMap<string, KeyRecord> {
  const record = newRecord('video', 'k7f3')
  const current = { fingerprint: fingerprintPart(new SecretValue(value)), since: 0 }
  return new Map([['video', { ...record, current } as KeyRecord]])
}

function usedBy(by: Measured['by']): Measured {
  return { key: 'video', unit: 'requests', at: 1, amount: 1, ...(by ? { by } : {}) }
}

test.each([
  ['agent', `curl -H ${VALUE} x`, '[secret]'],
  ['path', `/v1/${encodeURIComponent(VALUE)}`, '[secret]'],
  ['path', '/v1/images?size=2', '/v1/images'],
  ['agent', 'curl/8.1?x', 'curl/8.1?x'],
  ['consumer', 'x'.repeat(201), '[too long]'],
] as const)('%s %s', (trait, word, expected) => {
  const { measured, notes } = createWordCleaner()([usedBy({ [trait]: word })], recordsOf(VALUE))
  expect(measured).toEqual([usedBy({ [trait]: expected })])
  expect(notes).toEqual([])
})

test('the same word is shown as what it is, whichever trait had it first', () => {
  const clean = createWordCleaner()
  const word = '/v1?token=short'
  const { measured } = clean([usedBy({ agent: word }), usedBy({ path: word })], new Map())
  expect(measured.map(({ by }) => by)).toEqual([{ agent: word }, { path: '/v1' }])
})

test('of words without end so many are looked at; the others are left out and counted, the numbers stay', () => {
  const clean = createWordCleaner()
  const many = Array.from({ length: 2_000 }, (_, at) =>
    usedBy({ path: `/v1/jobs/${String(at).padStart(60, '0')}` }),
  )
  const { measured, notes } = clean(many, recordsOf(VALUE))
  const kept = measured.filter(({ by }) => by?.path !== undefined).length
  expect(measured).toHaveLength(2_000)
  expect(kept).toBeGreaterThan(200)
  expect(kept).toBeLessThan(500)
  expect(notes).toEqual([`too many different words of where uses came from: ${2_000 - kept} were left out`])
  expect(clean([usedBy({ path: '/v2/anything/else' })], recordsOf(VALUE)).notes).toHaveLength(1)
  expect(clean(many.slice(0, 1), recordsOf(VALUE)).notes).toEqual([])
})

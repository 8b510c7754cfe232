import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suggestName } from '../../src/config/schema/suggest.ts'
import { countEdits } from '../../src/contracts/similar-name.ts'

describe('counting edits', () => {
  it('knows letters added, left out, replaced and swapped', () => {
    const pairs = [
      ['issuer', 'issuer', 0],
      ['isuer', 'issuer', 1],
      ['isssuer', 'issuer', 1],
      ['issyer', 'issuer', 1],
      ['isseur', 'issuer', 1],
      ['', 'abc', 3],
    ] as const
    expect(pairs.map(([from, to]) => countEdits(from, to))).toEqual(pairs.map(([, , edits]) => edits))
  })

  it('is the same in both directions, and nothing only between equals', () => {
    const text = fc.string({ maxLength: 12 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(countEdits(a, b)).toBe(countEdits(b, a))
        expect(countEdits(a, b) === 0).toBe(a === b)
        expect(countEdits(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })
})

describe('a suggestion', () => {
  it('is a near name, another case or another word; else nothing', () => {
    const names = ['secret', 'overlap', 'timeZone', 'every']
    expect(
      ['overlp', 'timezone', 'path', 'interval', 'colour'].map((name) => suggestName(name, names)),
    ).toEqual(['overlap', 'timeZone', 'secret', 'every', undefined])
  })

  it('takes no longer for a very long name', () => {
    expect(suggestName('x'.repeat(1_000_000), ['secret'])).toBeUndefined()
  })
})

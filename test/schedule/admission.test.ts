import { describe, expect, it } from 'vitest'
import { admit, type DueKey } from '../../src/schedule/admission.ts'

const idle = { running: [], startedInRun: 0, startedInDay: 0 }
const limits = { atOnce: 2, perRun: 10, perDay: 10 }

function due(key: string, more: Partial<DueKey> = {}): DueKey {
  return { key, reason: 'age', at: 0, ...more }
}

describe('admit', () => {
  it('lets the most pressing reason go first, then the longest due, then by name', () => {
    const keys = [due('d', { at: 1 }), due('c'), due('b'), due('a', { reason: 'expiry', at: 9 })]
    const { start, held } = admit(keys, idle, { ...limits, atOnce: 3 })
    expect(start).toEqual(['a', 'b', 'c'])
    expect(held).toEqual([{ key: 'd', why: '3 rotations run already' }])
  })

  it('counts what runs and what was started', () => {
    const busy = { running: [{ key: 'x' }], startedInRun: 0, startedInDay: 0 }
    expect(admit([due('a'), due('b')], busy, limits).start).toEqual(['a'])
    expect(admit([due('a'), due('b')], { ...idle, startedInRun: 9 }, limits).start).toEqual(['a'])
    expect(admit([due('a'), due('b')], { ...idle, startedInDay: 10 }, limits).start).toEqual([])
  })

  it('never lets two of a group rotate at the same time', () => {
    const keys = [due('a', { group: 'g' }), due('b', { group: 'g' }), due('c')]
    expect(admit(keys, idle, limits)).toEqual({
      start: ['a', 'c'],
      held: [{ key: 'b', why: 'another key of the group g rotates' }],
    })
    const running = [{ key: 'x', group: 'g' }]
    expect(admit(keys, { ...idle, running }, limits).start).toEqual(['c'])
  })

  it('holds a compromised key for no limit, and counts it', () => {
    const full = { running: [{ key: 'x' }, { key: 'y' }], startedInRun: 10, startedInDay: 10 }
    const keys = [due('a'), due('b', { reason: 'compromised' })]
    expect(admit(keys, full, limits).start).toEqual(['b'])
    expect(admit([...keys, due('c')], idle, limits).start).toEqual(['b', 'a'])
  })
})

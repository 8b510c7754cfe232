import { describe, expect, test } from 'vitest'
import {
  bound,
  MAX_BYTES,
  MAX_FINISHED,
  MAX_TRAIL,
} from '../../../../providers/journals/kubernetes/bounds.ts'
import type { KeptState } from '../../../../providers/journals/kubernetes/status-schema.ts'
import { advance, entryOf, recordOf, take } from '../../../laws/journal/fixture.ts'
import { useRig } from './rig.ts'

const rig = useRig()
const state: KeptState = {
  key: 'web',
  revision: 1,
  claimId: '',
  holder: '',
  fence: 1,
  leaseMs: 1,
  leaseUntil: 1,
  renewals: 0,
}
const entry = (seq: number, text = 't') => ({ seq, at: 1, kind: 'intent', text })
const past = (index: number, detail = '') => ({
  fingerprint: `${index}${detail}`,
  state: 'revoked' as const,
  until: 1,
})
const sizeOf = (value: unknown) => JSON.stringify(value).length

describe('a history', () => {
  test('of the permitted length is left as it is, and nothing is counted', () => {
    const trail = Array.from({ length: MAX_TRAIL }, (_, seq) => entry(seq))
    const finished = Array.from({ length: MAX_FINISHED }, (_, id) => ({ id: `${id}`, record: '{}' }))
    expect(bound({ ...state, trail, finished })).toEqual({ ...state, trail, finished })
  })

  test('that is longer loses its oldest entries, and the cut adds up', () => {
    const trail = Array.from({ length: MAX_TRAIL + 7 }, (_, seq) => entry(seq))
    const once = bound({ ...state, trail })
    expect([once.trail?.[0]?.seq, once.trail?.length, once.cut?.trail]).toEqual([7, MAX_TRAIL, 7])
    expect(bound({ ...once, trail: [...(once.trail ?? []), entry(200)] }).cut?.trail).toBe(8)
  })

  test('that is too large loses ended rotations first, then the trail, then earlier keys; never what decides', () => {
    const record = JSON.stringify(
      recordOf('web', {
        lastMark: 9,
        past: Array.from({ length: 20 }, (_, index) => past(index, 'x'.repeat(400))),
      }),
    )
    const trail = Array.from({ length: 50 }, (_, seq) => entry(seq, 'y'.repeat(200)))
    const finished = Array.from({ length: 5 }, (_, id) => ({ id: `${id}`, record: 'z'.repeat(1_000) }))
    const whole = { ...state, record, trail, finished }
    const cuts = [30_000, 25_000, 10_000, 4_000].map((maxBytes) => {
      const cut = bound(whole, maxBytes)
      expect(sizeOf(cut)).toBeLessThan(maxBytes + 200)
      expect(JSON.parse(cut.record ?? '')).toMatchObject({ lastMark: 9 })
      return cut.cut
    })
    expect(cuts[0]).toBeUndefined()
    expect(cuts[1]).toMatchObject({ trail: 0, past: 0 })
    expect(cuts[2]?.past).toBe(0)
    expect(cuts[2]?.trail).toBeGreaterThan(0)
    expect(cuts[3]?.past).toBeGreaterThan(0)
    // The key before the present one is the one that a person asks for.
    expect(JSON.parse(bound(whole, 1).record ?? '').past).toHaveLength(1)
  })
})

test('a record that grew beyond the limit is committed, not refused, and its newest entries are kept', async () => {
  const journal = rig.open({ events: false })
  let claim = await take(journal, rig.fixture)
  for (let count = 0; count < 6; count += 1) {
    const audit = Array.from({ length: 30 }, (_, index) =>
      entryOf('web', `${count}-${index}`, { data: { text: 'x'.repeat(10_000) } }),
    )
    claim = advance(
      claim,
      await journal.commit(claim, { record: recordOf('web', { lastMark: count }), audit }),
    )
  }
  const status = rig.server.keys.get('keyrota/web')?.status as { journal: KeptState } | undefined
  expect(sizeOf(status)).toBeLessThan(MAX_BYTES * 1.1)
  const trail = await journal.trail({ key: 'web', limit: 999 })
  expect(trail.at(-1)?.text).toBe('5-29')
  expect(status?.journal.cut?.trail).toBe(180 - trail.length)
  expect((await journal.load('web')).record?.lastMark).toBe(5)
})

/* Two persons, in time, for exactly what is there. */
import { expect, test } from 'vitest'
import { approve, beginApproval, countGiven } from '../../src/fleet/approval.ts'
import type { Campaign } from '../../src/fleet/campaign.ts'

const DIGEST = '0123456789abcdef'

/** Begun by ada, who has agreed to it. */
function makeWaiting(about: Partial<Campaign> = {}): Campaign {
  const rules = { for: ['all'], from: ['ada', 'grace', 'joan'], withinMs: 1_000 } as const
  const approval = beginApproval(rules, { by: 'ada', now: 0, digest: DIGEST })
  return { state: 'waiting-for-approval', digest: DIGEST, approval, ...about } as Campaign
}

const grace = { by: 'grace', now: 500, digest: DIGEST }

test('the second person lets it begin', () => {
  const campaign = makeWaiting()
  expect(approve(campaign, grace)).toEqual({ is: 'taken', missing: 0 })
  expect(campaign.state).toBe('running')
})

test.each([
  ['the same person again', makeWaiting(), { ...grace, by: 'ada' }, 'another person has to'],
  ['somebody else', makeWaiting(), { ...grace, by: 'mallory' }, 'not among those'],
  ['too late', makeWaiting(), { ...grace, now: 1_000 }, 'the time for its approval is over'],
  ['another plan', makeWaiting(), { ...grace, digest: 'f' }, 'are not what was started'],
  ['what runs already', makeWaiting({ state: 'running' }), grace, 'does not wait for approval'],
])('%s counts for nothing', (_what, campaign, by, why) => {
  const before = structuredClone(campaign)
  expect(approve(campaign, by)).toEqual({ is: 'refused', why: expect.stringContaining(why) })
  expect(campaign).toEqual(before)
})

test('whoever starts it without being named has not agreed to it', () => {
  const rules = { for: ['all'], from: ['grace', 'joan'], withinMs: 1_000 } as const
  expect(beginApproval(rules, { by: 'ada', now: 0, digest: DIGEST }).given).toEqual([])
})

test('words of somebody who may not, or about another plan, are not counted wherever they come from', () => {
  const given = ['ada', 'ada', 'mallory'].map((by) => ({ by, at: 0, digest: DIGEST }))
  const other = { by: 'grace', at: 0, digest: 'f' }
  const campaign = makeWaiting()
  campaign.approval?.given.splice(0, 1, ...given, other)
  expect(countGiven(campaign)).toBe(1)
})

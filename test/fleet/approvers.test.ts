/* Two persons are two persons, however they are written. */
import { expect, test } from 'vitest'
import { approve, beginApproval, countGiven } from '../../src/fleet/approval.ts'
import type { Campaign } from '../../src/fleet/campaign.ts'

test('one person who is written in two ways approves once', () => {
  const from = ['ada', 'Ada', 'grace']
  const approval = beginApproval({ for: ['all'], from, withinMs: 1_000 }, { by: 'ada', now: 0, digest: 'd' })
  const campaign = { state: 'waiting-for-approval', digest: 'd', approval } as Campaign
  const approved = approve(campaign, { by: 'Ada', now: 1, digest: 'd' })
  expect(approved).toMatchObject({ is: 'refused', why: expect.stringContaining('already') })
  approval.given.push({ by: 'ADA', at: 1, digest: 'd' })
  expect(countGiven(campaign)).toBe(1)
  expect(approve(campaign, { by: 'grace', now: 2, digest: 'd' })).toEqual({ is: 'taken', missing: 0 })
})

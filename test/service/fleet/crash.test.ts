/* Processes that are killed at any call, two that want the same campaign, and services that refuse for a while. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Campaign } from '../../../src/fleet/campaign.ts'
import { driveCampaign } from '../../../src/service/fleet/drive.ts'
import { changeCampaign, listCampaigns, readCampaign } from '../../../src/service/fleet/keep.ts'
import { takeCampaign } from '../../../src/service/fleet/lease.ts'
import { draftCampaign, startCampaign } from '../../../src/service/fleet/start.ts'
import { run } from '../../../src/service/run.ts'
import { killAt } from '../../engine/actors.ts'
import type { Around } from '../../engine/harness.ts'
import { type FleetRig, goOn, leak, makeFleetRig, rotateAll } from './rig.ts'

const COUNT = 10
const WISH = { ...leak, isBreakGlass: true, waves: ['1', '4', '100%'] }

/** Every key was replaced exactly once, and nothing else lives at the issuer. */
async function expectReplacedOnce(fleet: FleetRig, campaign: Campaign): Promise<void> {
  expect(campaign).toMatchObject({ state: 'done', counts: { done: COUNT, failed: 0, pending: 0 } })
  const records = [...(await fleet.records()).values()].filter(({ key }) => fleet.keys.has(key))
  for (const { key, last, rotation } of records) {
    expect([last?.end, last?.campaign, rotation]).toEqual(['completed', campaign.id, null])
    const trail = await fleet.rig.context.journal.trail({ key, limit: 1_000 })
    expect(trail.filter(({ kind }) => kind === 'started')).toHaveLength(1)
  }
  expect(fleet.live()).toBe(COUNT + 1)
}

async function countCalls(): Promise<number> {
  const fleet = await makeFleetRig(COUNT)
  let calls = 0
  const counting: Around = (_call, go) => {
    calls += 1
    return go()
  }
  await rotateAll(fleet.process({ around: counting }), WISH)
  return calls
}

test('killed at calls all over a campaign, the next process finishes it and replaces nothing twice', async () => {
  const calls = await countCalls()
  expect(calls).toBeGreaterThan(200)
  for (let at = 5; at < calls; at += Math.ceil(calls / 24)) {
    for (const side of ['before', 'after'] as const) {
      const fleet = await makeFleetRig(COUNT)
      const dead = fleet.process({ around: killAt((_call, nth) => (nth === at ? side : undefined)) })
      await rotateAll(dead, WISH).catch(() => null)
      fleet.rig.pass(60_000)
      const [begun] = await listCampaigns(fleet.process())
      if (!begun) continue
      const { campaign } = await goOn(fleet.process({ holder: 'two' }), begun.id)
      await expectReplacedOnce(fleet, campaign)
    }
  }
})

test('`run` goes on with the campaign of a process that is gone, at once where that is known', async () => {
  const fleet = await makeFleetRig(COUNT)
  const dead = fleet.process({
    around: killAt((call, nth) => (call === 'issuer.revoke' && nth > 50 ? 'after' : undefined)),
  })
  await rotateAll(dead, WISH).catch(() => null)
  fleet.rig.pass(60_000)
  const before = fleet.rig.clock.monotonicMs()
  const report = await run(fleet.process({ holder: 'two', isProcessGone: (holder) => holder === 'test' }))
  expect(report.failed).toEqual([])
  expect(fleet.rig.clock.monotonicMs() - before).toBeLessThan(30_000)
  const [campaign] = await listCampaigns(fleet.process())
  expect(campaign).toBeDefined()
  await expectReplacedOnce(fleet, campaign as Campaign)
})

test('two processes at once: one drives, the other sees that it lives', async () => {
  const fleet = await makeFleetRig(COUNT, { key: { settleMs: 4_000 } })
  const one = fleet.process({ holder: 'one' })
  const two = fleet.process({ holder: 'two' })
  const { id } = await startCampaign(one, await draftCampaign(one, WISH), 'ada')
  const taken = await takeCampaign(one, id)
  if (typeof taken === 'string') throw new Error(taken)
  const [driven, other] = await Promise.all([
    driveCampaign(one, taken, { restMs: 60_000 }),
    takeCampaign(two, id),
  ])
  expect(other).toBe('held')
  await expectReplacedOnce(fleet, driven.campaign)
})

test('two that take it at the same moment: the second one is told so', async () => {
  const fleet = await makeFleetRig(COUNT)
  const contexts = ['one', 'two'].map((holder) => fleet.process({ holder }))
  const [first] = contexts
  if (!first) throw new Error('no process')
  const { id } = await startCampaign(first, await draftCampaign(first, WISH), 'ada')
  const taken = await Promise.all(contexts.map((context) => takeCampaign(context, id)))
  expect(taken.filter((one) => typeof one !== 'string')).toHaveLength(1)
})

test('two that drive it although only one should: no key is replaced twice', async () => {
  const fleet = await makeFleetRig(COUNT)
  const one = fleet.process({ holder: 'one' })
  const two = fleet.process({ holder: 'two' })
  const { id } = await startCampaign(one, await draftCampaign(one, WISH), 'ada')
  const taken = await takeCampaign(one, id)
  if (typeof taken === 'string') throw new Error(taken)
  // As after a suspension: the other one has taken it over, and the first does not know yet.
  const second = await changeCampaign(two, id, (campaign) => {
    campaign.worker = { holder: 'two', beat: 7 }
    return true
  })
  await Promise.all([
    driveCampaign(one, taken, { restMs: 60_000 }),
    driveCampaign(two, second, { restMs: 60_000 }),
  ])
  await expectReplacedOnce(fleet, await readCampaign(one, id))
})

test('a storm of refusals for too many calls is waited out, and no key fails by it', async () => {
  const fleet = await makeFleetRig(COUNT, { setup: { policy: { giveUpMs: 3_600_000, retryMaxMs: 5_000 } } })
  const endsAt = fleet.rig.clock.monotonicMs() + 30_000
  let [counted, refused] = [0, 0]
  const storm: Around = (call, go) => {
    const isCounted = call.startsWith('issuer.') || call.startsWith('store.')
    if (isCounted) counted += 1
    if (!isCounted || fleet.rig.clock.monotonicMs() > endsAt || counted % 4 === 3) return go()
    refused += 1
    throw new ProviderError({
      ...{
        code: 'throttled',
        provider: 'issuer',
        message: 'too many calls',
        effect: 'none',
        retryAfterMs: 500,
      },
      nextStep: 'Wait.',
    })
  }
  const { campaign } = await rotateAll(fleet.process({ around: storm }), WISH)
  expect(refused).toBeGreaterThan(50)
  await expectReplacedOnce(fleet, campaign)
})

test('a plan that somebody has changed since is not driven', async () => {
  const fleet = await makeFleetRig(COUNT)
  const context = fleet.process()
  const { id } = await startCampaign(context, await draftCampaign(context, WISH), 'ada')
  await changeCampaign(context, id, (campaign) => {
    Object.assign(campaign.plan, { waves: [COUNT] })
    return true
  })
  const { campaign } = await goOn(context, id)
  expect(campaign).toMatchObject({ state: 'paused', halt: { reason: 'changed' } })
  expect(fleet.rig.space.calls.issue ?? 0).toBe(0)
})

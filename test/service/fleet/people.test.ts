/* Keys that need a person, and what a person decides about failures. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { readCampaign } from '../../../src/service/fleet/keep.ts'
import { showCampaign } from '../../../src/service/fleet/show.ts'
import { draftCampaign, startCampaign } from '../../../src/service/fleet/start.ts'
import { resumeCampaign, stopCampaign } from '../../../src/service/fleet/steer.ts'
import { run } from '../../../src/service/run.ts'
import { makeOperator } from '../../engine/actors.ts'
import { goOn, leak, makeFleetRig, rotateAll } from './rig.ts'

test('keys that a person creates are asked for, listed with their command, and not waited for', async () => {
  const fleet = await makeFleetRig(3, { setup: { makeIssuer: makeOperator } })
  const { campaign } = await rotateAll(fleet.process())
  expect(campaign).toMatchObject({ state: 'done', plan: { canary: null }, counts: { asked: 3, done: 0 } })
  const report = await showCampaign(fleet.process(), campaign.id)
  expect(report.keys.map(({ state, owner, command }) => [state, owner, command])).toEqual(
    ['key-0', 'key-1', 'key-2'].map((key) => [
      'asked',
      'team',
      expect.stringContaining(`keyrota supply ${key}`),
    ]),
  )
  expect(fleet.rig.events.at(-1)).toMatchObject({ kind: 'campaign-ended', level: 'warning' })
})

test('a paused campaign that a person resumes tries what has failed once more', async () => {
  const fleet = await makeFleetRig(8)
  let isBroken = true
  const context = fleet.process({
    around: async (call, go) => {
      if (isBroken && call === 'issuer.issue')
        throw new ProviderError({
          ...{ code: 'invalid', provider: 'issuer', message: 'refused by the test', effect: 'none' },
          nextStep: 'Ask.',
        })
      return go()
    },
  })
  const { campaign } = await rotateAll(context)
  expect(campaign).toMatchObject({ state: 'paused', halt: { reason: 'canary' } })
  await resumeCampaign(context, campaign.id, 'ada')
  isBroken = false
  const after = await goOn(context, campaign.id)
  const { keys } = await showCampaign(context, campaign.id)
  expect(keys.filter(({ state }) => state === 'done').length).toBeGreaterThanOrEqual(7)
  expect(after.campaign.counts.pending).toBe(0)
})

test('`run` takes up a campaign that was only written down, and leaves one that was stopped alone', async () => {
  const fleet = await makeFleetRig(4)
  const context = fleet.process()
  const draft = await draftCampaign(context, leak)
  const first = await startCampaign(context, draft, 'ada')
  await stopCampaign(context, first.id, 'ada', 'a mistake')
  const second = await startCampaign(context, draft, 'ada')
  expect((await run(context)).failed).toEqual([])
  expect(await readCampaign(context, first.id)).toMatchObject({ state: 'stopped', counts: { done: 0 } })
  expect(await readCampaign(context, second.id)).toMatchObject({ state: 'done', counts: { done: 4 } })
  expect(fleet.rig.space.calls.issue).toBe(4)
})

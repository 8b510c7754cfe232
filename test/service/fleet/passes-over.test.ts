import { expect, test } from 'vitest'
import { linesOfDraft } from '../../../src/cli/fleet/lines.ts'
import { draftCampaign } from '../../../src/service/fleet/start.ts'
import { pause } from '../../../src/service/pause.ts'
import { leak, makeFleetRig } from './rig.ts'

test('what holds back single rotations now, and not the campaign, is shown before it begins', async () => {
  const closures = [
    { from: 0, to: 1, why: 'long over', catchUpMs: 0 },
    { from: 0, to: Number.POSITIVE_INFINITY, why: 'the calendar freeze is closed', catchUpMs: 0 },
  ]
  const fleet = await makeFleetRig(2, { key: { closures } })
  const context = fleet.process()
  const before = await draftCampaign(context, leak)
  expect(before.passedOver).toEqual(['the calendar freeze is closed (2 of the keys)'])
  await pause(context, { key: null, by: 'ada', reason: 'move', until: context.clock.wallMs() + 60_000 })
  const paused = await draftCampaign(context, leak)
  expect(linesOfDraft(paused).join('\n')).toMatch(/begins although all keys are paused since .*ada: move/)
  fleet.rig.pass(60_000)
  expect((await draftCampaign(context, leak)).passedOver).toEqual(before.passedOver)
})

/* A campaign from its start to its end, with what may go wrong between. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { goOn, keepStates, makeFleetRig, rotateAll } from './rig.ts'

test('every key is replaced once, wave after wave, the canary alone at first', async () => {
  const fleet = await makeFleetRig(30)
  const { listener, seen } = keepStates()
  const { campaign } = await rotateAll(fleet.process(), { isBreakGlass: true }, { listener })
  expect(campaign).toMatchObject({
    state: 'done',
    plan: { canary: 'key-0', waves: [1, 10, 15, 30] },
    counts: { done: 30, failed: 0, running: 0, pending: 0, asked: 0, left: 0 },
  })
  expect(fleet.rig.space.calls.issue).toBe(30)
  expect(fleet.live()).toBe(30 + 1)
  for (const record of (await fleet.records()).values()) {
    if (!fleet.keys.has(record.key)) continue
    expect(record.last).toMatchObject({ end: 'completed', reason: 'compromised', campaign: campaign.id })
    expect(record.past[0]).toMatchObject({ state: 'revoked' })
  }
  const done = seen.flatMap((line, at) => (line.endsWith(' done') ? [at] : []))
  const begun = seen.flatMap((line, at) => (line.endsWith(' running') ? [at] : []))
  for (const size of [1, 10, 15]) expect(done[size - 1]).toBeLessThan(begun[size] ?? -1)
  expect(fleet.rig.events.filter(({ kind }) => kind.startsWith('campaign-'))).toEqual([
    expect.objectContaining({ kind: 'campaign-ended', level: 'info', campaign: campaign.id }),
  ])
})

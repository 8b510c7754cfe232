/* A journal that fails at the wrong moment, documents that are damaged, and several campaigns at the same time. */
import { expect, test } from 'vitest'
import { JournalError, ProviderError } from '../../../src/contracts/errors.ts'
import { campaignChore } from '../../../src/service/fleet/chore.ts'
import { readCampaign } from '../../../src/service/fleet/keep.ts'
import { draftCampaign, startCampaign } from '../../../src/service/fleet/start.ts'
import { pauseCampaign, stopCampaign } from '../../../src/service/fleet/steer.ts'
import { pause } from '../../../src/service/pause.ts'
import { rotate } from '../../../src/service/rotate.ts'
import type { Around } from '../../engine/harness.ts'
import { type FleetRig, leak, makeFleetRig, rotateAll } from './rig.ts'

const HOUR_MS = 3_600_000

/** Writes the campaign down, for whoever serves. */
async function begin(fleet: FleetRig, wish: Partial<typeof leak> = {}): Promise<string> {
  const context = fleet.process()
  const draft = await draftCampaign(context, { ...leak, isBreakGlass: true, ...wish })
  return (await startCampaign(context, draft, 'ada')).id
}

test('a breaker that opens holds the rest back also while the journal takes no campaign', async () => {
  const fleet = await makeFleetRig(30, { key: { settleMs: 2_000 } })
  let isDown = false
  let tried = 0
  const around: Around = async (call, run, args) => {
    const [about] = args as [{ kind?: string } | undefined]
    if (isDown && call === 'documents.write' && about?.kind === 'campaign')
      throw new JournalError('unavailable', 'the journal does not answer', 'Wait.')
    if (call !== 'issuer.issue') return run()
    tried += 1
    if (tried === 1) return run()
    // From the second wave on every key fails, and the journal fails with them.
    isDown = true
    throw new ProviderError({
      ...{ code: 'denied', provider: 'issuer', message: 'refused by the test', effect: 'none' },
      nextStep: 'Ask.',
    })
  }
  const context = fleet.process({ around })
  const clock = fleet.rig.clock
  clock.after(HOUR_MS / 4, () => {
    isDown = false
  })
  await rotateAll(context, { isBreakGlass: true, waves: ['1', '100%'], caps: { atOnce: 5 } }).catch(
    () => null,
  )
  const touched = [...(await fleet.records()).values()].filter(({ rotation, last }) => rotation ?? last)
  expect(touched.length).toBeLessThanOrEqual(1 + 10)
})

test('a campaign whose documents are damaged holds up no other one, and is told', async () => {
  const fleet = await makeFleetRig(6)
  const [cut, lost, sound] = [await begin(fleet), await begin(fleet), await begin(fleet)]
  const { documents } = fleet.rig.context.journal
  const about = await documents.read({ kind: 'campaign', name: cut })
  if (!about) throw new Error('no campaign')
  await documents.write(about, { text: about.text.slice(0, 100), revision: about.revision })
  const rows = await documents.read({ kind: 'campaign-keys', name: `${lost}.0` })
  if (!rows) throw new Error('no rows')
  await documents.write(rows, { text: '[{"key":', revision: rows.revision })
  await expect(campaignChore.work(fleet.process())).rejects.toMatchObject({ code: 'corrupt' })
  expect(await readCampaign(fleet.process(), sound)).toMatchObject({ state: 'done', counts: { done: 6 } })
  // And an emergency can begin.
  await begin(fleet)
  // What its error says to do about it works.
  expect(await stopCampaign(fleet.process(), cut, 'kim', 'damaged')).toBeNull()
  expect(await documents.read({ kind: 'campaign', name: cut })).toBeNull()
})

test('a second campaign does not wait for the end of the first', async () => {
  const fleet = await makeFleetRig(8, { key: { settleMs: 600_000 }, setup: { waitMs: HOUR_MS } })
  const { clock } = fleet.rig
  const startedAt = clock.wallMs()
  const half = (at: number) => [...fleet.keys.keys()].filter((_key, index) => index % 2 === at)
  const slow = { canary: half(0)[0], waves: ['1', '2', '3', '100%'] }
  await begin(fleet, { ...slow, selection: { names: half(0), file: 'a' } } as Partial<typeof leak>)
  const urgent = await begin(fleet, { selection: { names: half(1), file: 'b' } })
  await campaignChore.work(fleet.process())
  const took = [...(await fleet.records()).values()].flatMap(({ last }) =>
    last?.campaign === urgent ? [(last.startedAt ?? 0) - startedAt] : [],
  )
  expect(took).toHaveLength(4)
  expect(Math.min(...took)).toBeLessThan(60_000)
})

test('several campaigns at once share the keys of an hour', async () => {
  const fleet = await makeFleetRig(80)
  const half = (at: number) => [...fleet.keys.keys()].filter((_key, index) => index % 2 === at)
  await begin(fleet, { isBreakGlass: false, selection: { names: half(0), file: 'a' } } as Partial<
    typeof leak
  >)
  await begin(fleet, { isBreakGlass: false, selection: { names: half(1), file: 'b' } } as Partial<
    typeof leak
  >)
  await campaignChore.work(fleet.process())
  const begun = [...(await fleet.records()).values()].filter(({ last, rotation }) => last ?? rotation)
  expect(begun.length).toBe(25)
})

test('a value that is pasted as a reason, or among names, is neither kept nor repeated', async () => {
  const fleet = await makeFleetRig(3)
  const content = fleet.rig.secrets.contentOf(fleet.keys.get('key-2')?.targets[0]?.secret ?? '')
  const value = typeof content === 'string' ? content : (content.KEY ?? '')
  expect(value.length).toBeGreaterThan(10)
  const context = fleet.process()
  const id = await begin(fleet)
  const words = `stop it: ${value}`
  const acts = [
    () => pauseCampaign(context, id, 'ada', words),
    () => stopCampaign(context, id, 'ada', words),
    () => pause(context, { key: null, by: 'ada', reason: words }),
    () => pause(context, { key: 'key-0', by: 'ada', reason: words }),
    () => draftCampaign(context, { ...leak, order: { ...leak.order, why: words } }),
    () => rotate(context, 'key-0', { why: words }),
    () => draftCampaign(context, { ...leak, selection: { names: [value], file: 'names.txt' } }),
  ]
  for (const [at, act] of acts.entries()) {
    const error = await act().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect([at, error]).toMatchObject([at, { name: 'ServiceError' }])
    expect(JSON.stringify(error) + String(error)).not.toContain(value.slice(0, 10))
  }
})

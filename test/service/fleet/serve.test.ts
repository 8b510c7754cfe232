/* A campaign that nobody drives by hand: a process that serves takes it up, with the times that `serve` is given. */
import { expect, test } from 'vitest'
import type { Journal } from '../../../src/contracts/journal.ts'
import { readCampaign } from '../../../src/service/fleet/keep.ts'
import { draftCampaign, startCampaign } from '../../../src/service/fleet/start.ts'
import { wrapCalls } from '../../engine/wiring.ts'
import { goBy, startServing } from '../serve/rig.ts'
import { leak, makeFleetRig } from './rig.ts'

test('`serve` finishes a campaign of keys whose issuer takes a while to settle', async () => {
  const fleet = await makeFleetRig(6, { setup: { settleMs: 20_000 }, key: { settleMs: 20_000 } })
  const { id } = await startCampaign(fleet.process(), await draftCampaign(fleet.process(), leak), 'ada')
  // The command line gives `serve` no time to wait: it never waits for one key alone.
  const process = startServing(fleet.rig, { keys: fleet.keys, context: { waitMs: 0 } })
  await goBy(fleet.rig, 600_000)
  expect(process.failed).toEqual([])
  expect(await readCampaign(fleet.process(), id)).toMatchObject({
    state: 'done',
    counts: { done: 6, failed: 0 },
  })
  expect(process.calls['journal.list'] ?? 0).toBeLessThan(20)
  process.stop()
  await process.ended
})

test.each([
  ['keys', 'campaign-keys', '.0'],
  ['document', 'campaign', ''],
])('a campaign whose %s is damaged is told of, and holds up no other one', async (_what, kind, suffix) => {
  const fleet = await makeFleetRig(3)
  const context = fleet.process()
  const begin = async () => (await startCampaign(context, await draftCampaign(context, leak), 'ada')).id
  const damaged = await begin()
  const name = `${damaged}${suffix}`
  await context.journal.documents.write({ kind, name }, { text: '{', revision: 1 })
  fleet.rig.pass(1_000)
  const sound = await begin()
  const process = startServing(fleet.rig, { keys: fleet.keys, context: { waitMs: 0 } })
  await goBy(fleet.rig, 120_000)
  expect(await readCampaign(context, sound)).toMatchObject({ state: 'done' })
  const error = expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(name) })
  expect(process.failed).toContainEqual({ key: 'campaign', error })
  process.stop()
  await process.ended
})

test('without a watch of documents `serve` finds a campaign all the same', async () => {
  const fleet = await makeFleetRig(2)
  const process = startServing(fleet.rig, {
    keys: fleet.keys,
    context: { waitMs: 0, journal: withoutWatch(fleet.process().journal) },
  })
  await goBy(fleet.rig, 5_000)
  const { id } = await startCampaign(fleet.process(), await draftCampaign(fleet.process(), leak), 'ada')
  await goBy(fleet.rig, 300_000)
  expect(await readCampaign(fleet.process(), id)).toMatchObject({ state: 'done' })
  process.stop()
  await process.ended
})

test('a process that is stopped, as by a rollout, leaves a campaign that the next one finishes', async () => {
  const fleet = await makeFleetRig(6, { setup: { settleMs: 20_000 }, key: { settleMs: 20_000 } })
  const { id } = await startCampaign(fleet.process(), await draftCampaign(fleet.process(), leak), 'ada')
  const first = startServing(fleet.rig, { keys: fleet.keys, holder: 'one', context: { waitMs: 0 } })
  // The second wave has just begun: this process alone has its new keys.
  await goBy(fleet.rig, 30_000)
  first.stop()
  await first.ended
  expect((await readCampaign(fleet.process(), id)).state).toBe('running')
  const last = startServing(fleet.rig, { keys: fleet.keys, holder: 'two', context: { waitMs: 0 } })
  await goBy(fleet.rig, 600_000)
  expect(await readCampaign(fleet.process(), id)).toMatchObject({
    state: 'done',
    counts: { done: 6, failed: 0 },
  })
  expect(fleet.live()).toBe(6 + 1)
  expect(fleet.rig.space.calls.issue).toBeGreaterThan(6)
  expect(fleet.rig.events.filter(({ kind }) => kind === 'campaign-paused')).toEqual([])
  last.stop()
  await last.ended
})

test('a config that changes meanwhile: the campaign goes on by the new one, and the former is closed after that', async () => {
  const fleet = await makeFleetRig(6, { setup: { settleMs: 20_000 }, key: { settleMs: 20_000 } })
  const { id } = await startCampaign(fleet.process(), await draftCampaign(fleet.process(), leak), 'ada')
  let isClosed = false
  const process = startServing(fleet.rig, {
    keys: fleet.keys,
    context: { waitMs: 0 },
    around: (call) => {
      if (call.startsWith('issuer.') && isClosed) throw new Error('a provider of the former config was used')
    },
  })
  await goBy(fleet.rig, 30_000)
  const former = process.context
  const next = fleet.process({ holder: 'one', stop: former.stop })
  const close = async () => {
    isClosed = true
  }
  process.nextReload = () => {
    Object.assign(process, { context: { ...next, waitMs: 0 } })
    return { is: 'taken', summary: 'another one', close }
  }
  process.changeConfig()
  await goBy(fleet.rig, 60_000)
  expect(isClosed).toBe(true)
  await goBy(fleet.rig, 600_000)
  expect(process.failed).toEqual([])
  expect(await readCampaign(fleet.process(), id)).toMatchObject({ state: 'done', counts: { done: 6 } })
  process.stop()
  await process.ended
})

/** As a journal of somebody else may be. */
function withoutWatch(journal: Journal): Journal {
  const { watch: _watch, ...documents } = wrapCalls('documents', journal.documents, (_call, go) => go())
  return new Proxy(journal, {
    get: (target, name) => (name === 'documents' ? documents : Reflect.get(target, name)),
  })
}

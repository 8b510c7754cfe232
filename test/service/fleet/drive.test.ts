/* A campaign from its start to its end, with what may go wrong between. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { changeCampaign } from '../../../src/service/fleet/keep.ts'
import { goOn, keepStates, makeFleetRig, rotateAll } from './rig.ts'

const HOUR_MS = 3_600_000

/** The issuer makes no key for these. */
function refuseFor(names: (key: string) => boolean) {
  return async (call: string, run: () => Promise<unknown>, args: readonly unknown[]) => {
    const key =
      /^keyrota-(key-\d+)-/.exec(String((args[0] as { name?: string } | undefined)?.name))?.[1] ?? ''
    if (call === 'issuer.issue' && names(key))
      throw new ProviderError({
        ...{ code: 'denied', provider: 'issuer', message: 'refused by the test', effect: 'none' },
        nextStep: 'Ask.',
      })
    return run()
  }
}

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

test('a canary that fails pauses the campaign, and nothing else is touched', async () => {
  const fleet = await makeFleetRig(10)
  const context = fleet.process({ around: refuseFor((key) => key === 'key-0') })
  const { campaign } = await rotateAll(context)
  expect(campaign).toMatchObject({ state: 'paused', halt: { reason: 'canary' }, worker: null })
  expect(fleet.rig.space.calls.issue ?? 0).toBe(0)
  for (const record of (await fleet.records()).values())
    if (record.key !== 'key-0')
      expect([record.rotation, record.last, record.request]).toEqual([null, null, null])
  expect(fleet.rig.events).toContainEqual(
    expect.objectContaining({ kind: 'campaign-paused', level: 'alarm', campaign: campaign.id }),
  )
})

test('the breaker opens when too much of a wave fails, and later waves are left alone', async () => {
  const fleet = await makeFleetRig(40)
  const context = fleet.process({ around: refuseFor((key) => Number(key.slice(4)) % 2 === 1) })
  const { campaign } = await rotateAll(context, { waves: ['1', '10', '100%'], isBreakGlass: true })
  expect(campaign).toMatchObject({ state: 'paused', halt: { reason: 'breaker' }, wave: 1 })
  const touched = [...(await fleet.records()).values()].filter(({ rotation, last }) => rotation ?? last)
  expect(touched.length).toBeLessThanOrEqual(10)
  expect(campaign.halt?.why).toContain('refused by the test')
})

test('one failure among many is left behind and shown, and the others go on', async () => {
  const fleet = await makeFleetRig(30)
  const context = fleet.process({ around: refuseFor((key) => key === 'key-29') })
  const { campaign } = await rotateAll(context, { isBreakGlass: true })
  expect(campaign).toMatchObject({ state: 'done', counts: { done: 29, failed: 1 } })
  expect(fleet.rig.events.at(-1)).toMatchObject({ kind: 'campaign-ended', level: 'alarm' })
})

test('the share of an hour holds the rest back, and the time goes on by itself', async () => {
  const fleet = await makeFleetRig(60)
  const started = fleet.rig.clock.monotonicMs()
  const { campaign } = await rotateAll(fleet.process(), {}, { restMs: 2 * HOUR_MS })
  expect(campaign).toMatchObject({ state: 'done', counts: { done: 60 }, plan: { perHour: 25 } })
  const starts = [...(await fleet.records()).values()]
    .flatMap(({ last }) => last?.startedAt ?? [])
    .toSorted((a, b) => a - b)
  for (const [at, first] of starts.entries())
    expect((starts[at + 25] ?? Number.POSITIVE_INFINITY) - first).toBeGreaterThanOrEqual(HOUR_MS)
  expect(fleet.rig.clock.monotonicMs() - started).toBeLessThan(2.1 * HOUR_MS)
})

test('a process that rests leaves the campaign running, and knows when it goes on', async () => {
  const fleet = await makeFleetRig(60)
  const { campaign, nextAt } = await rotateAll(fleet.process())
  expect(campaign).toMatchObject({ state: 'running', worker: null, counts: { done: 25, pending: 35 } })
  expect(nextAt).not.toBeNull()
  const after = await goOn(fleet.process({ holder: 'two' }), campaign.id, { restMs: 2 * HOUR_MS })
  expect(after.campaign.counts.done).toBe(60)
  expect(fleet.rig.space.calls.issue).toBe(60)
})

test('the overlap of keys that did not leak lies between two waves', async () => {
  const fleet = await makeFleetRig(3)
  const keys = new Map(
    [...fleet.keys].map(([name, key]) => [
      name,
      { ...key, policy: { ...fleet.rig.key.policy, overlapMs: HOUR_MS } },
    ]),
  )
  const started = fleet.rig.clock.monotonicMs()
  const asked = { order: { reason: 'asked' }, waves: ['1', '100%'] } as const
  const { campaign } = await rotateAll(fleet.process({ keys }), asked, { restMs: 2 * HOUR_MS })
  expect(campaign).toMatchObject({ state: 'done', counts: { done: 3 } })
  expect(fleet.rig.clock.monotonicMs() - started).toBeGreaterThanOrEqual(2 * HOUR_MS)
})

test('whoever pauses it is obeyed: what is under way ends, nothing more begins', async () => {
  const fleet = await makeFleetRig(30, { key: { settleMs: 2_000 } })
  const context = fleet.process()
  let isPaused = false
  const { campaign } = await rotateAll(
    context,
    { isBreakGlass: true, waves: ['1', '100%'], caps: { atOnce: 2 } },
    {
      listener: {
        progress: ({ id, worker }, board) => {
          if (isPaused || worker === null || board.counts.done < 4) return
          isPaused = true
          void changeCampaign(fleet.process(), id, (now) => {
            now.state = 'paused'
            now.halt = { at: 0, by: 'grace', reason: 'asked', why: 'lunch' }
            return true
          })
        },
      },
    },
  )
  expect(campaign).toMatchObject({ state: 'paused', halt: { by: 'grace' }, worker: null })
  expect(campaign.counts.running).toBe(0)
  expect(campaign.counts.pending).toBeGreaterThan(0)
})

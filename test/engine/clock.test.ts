/* Times that another process wrote, by a clock that was wrong then or is set since (RULES.md 15). */
import { expect, test } from 'vitest'
import type { KeyIssuer } from '../../src/contracts/key-issuer.ts'
import { resultOf } from '../../src/service/outcome.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { makeRig, type Rig } from './harness.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

const leaked = { compromised: { leaked: 'old' as const } }

function alarmsOf(rig: Rig): string[] {
  return rig.events
    .filter((event) => event.kind === 'clock' && event.level === 'alarm')
    .map((event) => event.message)
}

/** The rotation waits in the overlap, written under a clock that is `wrongMs` away from the right one. */
async function overlapUnder(rig: Rig, wrongMs: number): Promise<void> {
  rig.clock.jump(wrongMs)
  expect((await rig.rotate()).end).toBe('waiting')
  expect(rig.live()).toHaveLength(2)
}

for (const rebooted of [false, true]) {
  const how = rebooted ? 'after a restart of the machine' : 'between two processes'
  test(`a clock 400 days ahead is set right ${how}: a leaked key is rotated at once`, async () => {
    const rig = makeRig()
    rig.space.inject({ kind: 'lose-answer', verb: 'revoke' }, 1)
    rig.clock.jump(400 * DAY_MS)
    expect((await rig.rotate()).record?.last?.end).toBe('completed')
    rig.clock.jump(-400 * DAY_MS)
    if (rebooted) rig.clock.reboot()
    const start = rig.clock.monotonicMs()
    const attended = await rotate(rig.context, 'video', leaked)
    expect(attended.end).toBe('ended')
    expect(rig.space.calls.issue).toBe(2)
    expect(rig.live()).toHaveLength(1)
    expect(rig.clock.monotonicMs() - start).toBeLessThan(HOUR_MS)
    const { last, current, afterCare } = await rig.record()
    for (const at of [last?.at, current?.since]) expect(at).toBeLessThanOrEqual(rig.now())
    expect(afterCare?.until).toBeLessThanOrEqual(rig.now() + DAY_MS)
    expect(alarmsOf(rig)).toEqual([expect.stringContaining('set back by 400 days')])
    expect(await rig.texts('clock')).toHaveLength(1)
  })

  test(`a run after a clock 400 days ahead was set right ${how} takes up what a person reported`, async () => {
    const rig = makeRig({ policy: { callLimitMs: HOUR_MS }, leaseMs: 2 * HOUR_MS, waitMs: 500 })
    rig.space.inject({ kind: 'lose-answer', verb: 'revoke' }, 1)
    rig.clock.jump(400 * DAY_MS)
    await rig.rotate()
    const reported = await rotate(rig.context, 'video', leaked)
    expect(reported.end).toBe('waiting')
    rig.clock.jump(-400 * DAY_MS)
    if (rebooted) rig.clock.reboot()
    const { attended } = await run(rig.context)
    expect(attended[0]?.record?.quietUntil).toBeLessThanOrEqual(rig.now() + 4 * HOUR_MS)
    rig.pass(4 * HOUR_MS)
    await run(rig.context)
    expect((await rig.record()).last?.reason).toBe('compromised')
  })
}

test('a deadline for a leaked key, written under a clock 400 days ahead, comes when it was meant to', async () => {
  const rig = makeRig({
    targets: 2,
    waitMs: 10,
    policy: { giveUpMs: DAY_MS, retryMinMs: 1_000, retryMaxMs: 1_000 },
  })
  await run(rig.context)
  rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'unavailable', secret: 'app-1' })
  rig.clock.jump(400 * DAY_MS)
  await rotate(rig.context, 'video', { compromised: { leaked: 'old', killAfterMs: HOUR_MS } })
  expect((await rig.rotation()).compromised?.killBy).toBe(rig.now() + HOUR_MS - rig.clock.monotonicMs())
  rig.clock.jump(-400 * DAY_MS)
  await run(rig.context)
  const { compromised } = await rig.rotation()
  expect(compromised?.killBy).toBeLessThanOrEqual(rig.now() + HOUR_MS)
  expect(compromised?.killBy).toBeGreaterThan(rig.now())
})

test('a clock two days behind is set right between two processes: the overlap is not over', async () => {
  const rig = makeRig({ waitMs: 50, policy: { overlapMs: HOUR_MS } })
  await overlapUnder(rig, -2 * DAY_MS)
  rig.clock.jump(2 * DAY_MS)
  expect((await rig.run()).end).toBe('waiting')
  expect(rig.live()).toHaveLength(2)
  expect((await rig.rotation()).overlapUntil).toBeGreaterThan(rig.now() + HOUR_MS - 60_000)
  rig.pass(HOUR_MS)
  expect((await rig.run()).record?.last?.end).toBe('completed')
  expect(alarmsOf(rig)).toEqual([expect.stringContaining('set forward by 2 days')])
})

test('a clock two days behind is set right: the time in which consumers without proof may move is not over', async () => {
  const silent = { ready: async () => ({ is: 'ready' as const }) }
  const rig = makeRig({ waitMs: 50, policy: { quietForMs: 12 * HOUR_MS }, consumers: { app: silent } })
  await overlapUnder(rig, -2 * DAY_MS)
  rig.clock.jump(2 * DAY_MS)
  expect((await rig.run()).end).toBe('waiting')
  expect(rig.live()).toHaveLength(2)
  rig.pass(12 * HOUR_MS)
  expect((await rig.run()).record?.last?.end).toBe('completed')
})

test('under a clock two days behind, a consumer that started before the new key came is not taken for one that started later', async () => {
  const rig = makeRig({
    policy: { quietForMs: undefined },
    consumers: { app: { ready: async () => ({ is: 'ready', oldestStart: started }) } },
  })
  const started = rig.now()
  await run(rig.context)
  rig.clock.jump(-2 * DAY_MS)
  await rig.rotate()
  expect((await rig.rotation()).hold?.needs).toBe('moved')
  expect(rig.live()).toHaveLength(2)
})

test('an overlap that a person ended stays over when the clock was set', async () => {
  const rig = makeRig({ waitMs: 50, policy: { overlapMs: HOUR_MS } })
  await overlapUnder(rig, 0)
  rig.space.inject({ kind: 'refuse', verb: 'probe', code: 'unavailable' })
  await rotate(rig.context, 'video', leaked)
  rig.space.clearFaults()
  rig.clock.jump(2 * DAY_MS)
  expect((await rig.run()).record?.last?.end).toBe('completed')
})

/** An issuer whose responses name the right time, whatever this machine's clock shows. */
function withDate(rightMs: () => number) {
  return (_space: unknown, api: KeyIssuer): KeyIssuer => ({
    ...api,
    probe: async (material, call) => ({ ...(await api.probe(material, call)), dateMs: rightMs() }),
  })
}

test('a clock two days behind is set right by a restart: the date of the issuer shows that the overlap is not over', async () => {
  let rightMs = () => 0
  const rig = makeRig({ waitMs: 50, policy: { overlapMs: HOUR_MS }, makeIssuer: withDate(() => rightMs()) })
  const startMs = rig.now()
  rightMs = () => startMs + rig.clock.monotonicMs()
  await overlapUnder(rig, -2 * DAY_MS)
  expect((await rig.record()).violations).toEqual([
    expect.objectContaining({ kind: 'clock-differs', detail: expect.stringContaining('2 days behind') }),
  ])
  rig.clock.jump(2 * DAY_MS)
  rig.clock.reboot()
  expect((await rig.run()).end).toBe('waiting')
  expect(rig.live()).toHaveLength(2)
  expect(alarmsOf(rig)).toHaveLength(1)
  expect((await rig.record()).violations).toEqual([])
  rig.pass(HOUR_MS)
  expect((await rig.run()).record?.last?.end).toBe('completed')
})

for (const wrongMs of [-2 * DAY_MS, HOUR_MS / 4, 400 * DAY_MS]) {
  test(`a deadline for a leaked key, declared after a clock that was off by ${wrongMs} ms was set right, is not moved by the date of the issuer`, async () => {
    let rightMs = () => 0
    const policy = { overlapMs: HOUR_MS, quietForMs: HOUR_MS }
    const rig = makeRig({ waitMs: 50, policy, makeIssuer: withDate(() => rightMs()) })
    const startMs = rig.now()
    rightMs = () => startMs + rig.clock.monotonicMs()
    await overlapUnder(rig, wrongMs)
    rig.clock.jump(-wrongMs)
    rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable' })
    const declaredAt = rig.now()
    await rotate(rig.context, 'video', { compromised: { leaked: 'old', killAfterMs: HOUR_MS / 6 } })
    await rig.run()
    const { compromised, exceptions } = await rig.rotation()
    expect(exceptions).toEqual([])
    expect(Math.abs((compromised?.killBy ?? 0) - declaredAt - HOUR_MS / 6)).toBeLessThan(60_000)
    expect(rig.live()).toHaveLength(2)
  })
}

test('a suspended machine, a restart and a long pause are no jumps of the clock', async () => {
  const rig = makeRig({ waitMs: 50, policy: { overlapMs: 10 * DAY_MS } })
  await overlapUnder(rig, 0)
  const { overlapUntil } = await rig.rotation()
  rig.clock.suspend(2 * DAY_MS)
  await rig.run()
  rig.clock.reboot()
  rig.pass(DAY_MS)
  await rig.run()
  rig.pass(DAY_MS)
  await rig.run()
  expect((await rig.rotation()).overlapUntil).toBe(overlapUntil)
  expect(alarmsOf(rig)).toEqual([])
})

test('a jump while a process runs is in the trail and an alarm', async () => {
  const rig = makeRig({ policy: { overlapMs: 800 }, leaseMs: 900 })
  const rotating = rig.rotate()
  rig.clock.after(300, () => rig.clock.jump(DAY_MS))
  expect((await rotating).record?.last?.end).toBe('completed')
  expect(alarmsOf(rig)).toHaveLength(1)
  expect(await rig.texts('clock')).toHaveLength(1)
})

test('a rotation that was asked for and could not start is kept for the next run, and is no success', async () => {
  const rig = makeRig({ waitMs: 10 })
  rig.space.inject({ kind: 'lose-answer', verb: 'revoke' }, 1)
  await rig.rotate()
  const asked = await rotate(rig.context, 'video', { why: 'a test' })
  expect(resultOf(asked, rig.now(), true)).toBe('postponed')
  expect(asked.notes[0]).toContain('keyrota rotate video')
  expect((await rig.record()).request).toMatchObject({ reason: 'asked', why: 'a test' })
  rig.pass(1_000)
  await run(rig.context)
  expect(rig.space.calls.issue).toBe(2)
})

/* After a rotation: a dead value that comes back is repaired, and a repair that fails is never given up in silence. */
import { expect, test } from 'vitest'
import type { ErrorCode } from '../../src/contracts/errors.ts'
import { makeRig, type Rig } from './harness.ts'

const DAY_MS = 86_400_000

/** A completed rotation whose old value somebody's late write has put back. */
async function reverted(setup: Parameters<typeof makeRig>[0] = {}): Promise<Rig> {
  const rig = makeRig(setup)
  const before = rig.secrets.contentOf('app-0')
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  rig.secrets.foreignWrite('app-0', before)
  return rig
}

function alarmsOf(rig: Rig): string[] {
  return rig.events.filter((event) => event.kind === 'dead-value').map((event) => event.message)
}

async function isRight(rig: Rig): Promise<boolean> {
  return rig.held()[0] === (await rig.record()).current?.fingerprint
}

for (const code of ['throttled', 'unavailable', 'conflict'] as const satisfies readonly ErrorCode[]) {
  test(`a repair that was refused without effect (${code}) does not count: it is sent again after a pause`, async () => {
    const rig = await reverted()
    rig.secrets.inject({ kind: 'refuse', verb: 'write', code }, 5)
    for (let tries = 0; tries < 5; tries += 1) {
      await rig.run()
      rig.pass(1_000)
    }
    expect(await isRight(rig)).toBe(false)
    expect((await rig.record()).violations.map(({ kind }) => kind)).toEqual(['dead-value:store/app-0#KEY'])
    await rig.run()
    expect(await isRight(rig)).toBe(true)
    expect((await rig.record()).violations).toEqual([])
    expect(alarmsOf(rig)).toEqual([])
  })
}

test('a throttled store is not asked again before its pause is over', async () => {
  const rig = await reverted({ policy: { retryMinMs: 60_000, retryMaxMs: 60_000 } })
  rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'throttled' }, 1)
  const before = rig.secrets.calls.write ?? 0
  await rig.run()
  await rig.run()
  expect(rig.secrets.calls.write).toBe(before + 1)
  const { wakeAt } = await rig.record()
  expect(wakeAt).toBeLessThanOrEqual(rig.now() + 60_000)
  rig.pass(60_000)
  await rig.run()
  expect(await isRight(rig)).toBe(true)
})

test('a store that refuses for good is given up after three tries, with one alarm and a command', async () => {
  const rig = await reverted()
  rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'denied' })
  const before = rig.secrets.calls.write ?? 0
  for (let tries = 0; tries < 6; tries += 1) {
    await rig.run()
    rig.pass(1_000)
  }
  expect(rig.secrets.calls.write).toBe(before + 3)
  expect(alarmsOf(rig)).toEqual([expect.stringContaining('keyrota rotate video')])
  expect(await rig.texts('gave-up')).toHaveLength(1)
  expect((await rig.record()).violations[0]?.detail).toContain('could not be repaired')
})

test('a late write that comes back again and again is repaired three times, then given up with an alarm', async () => {
  const rig = makeRig()
  const before = rig.secrets.contentOf('app-0')
  await rig.rotate()
  const written = rig.secrets.calls.write ?? 0
  for (let round = 0; round < 5; round += 1) {
    rig.secrets.foreignWrite('app-0', before)
    await rig.run()
    rig.pass(1_000)
  }
  expect(rig.secrets.calls.write).toBe(written + 3)
  expect(alarmsOf(rig)).toHaveLength(1)
})

test('a repair without an answer is judged by the next reading, not counted', async () => {
  const rig = await reverted()
  rig.secrets.inject({ kind: 'lose-answer', verb: 'write' }, 1)
  await rig.run()
  rig.pass(1_000)
  await rig.run()
  expect(await isRight(rig)).toBe(true)
  const { afterCare, violations } = await rig.record()
  expect(afterCare?.tries['store/app-0#KEY']?.count).toBe(0)
  expect(violations).toEqual([])
})

test('after-care ends while a target still cannot be written: an alarm says so, once', async () => {
  const rig = await reverted()
  rig.secrets.inject({ kind: 'refuse', verb: 'write', code: 'unavailable' })
  await rig.run()
  rig.pass(2 * DAY_MS)
  await rig.run()
  await rig.run()
  expect(alarmsOf(rig)).toHaveLength(1)
})

test('an earlier key that is accepted again is shown as one that works, not as dead, and is not written over', async () => {
  const rig = await reverted()
  Object.assign(rig.space.keys[0] ?? {}, { revoked: false, deadFrom: Number.POSITIVE_INFINITY })
  const written = rig.secrets.calls.write
  for (let round = 0; round < 2; round += 1) {
    await rig.run()
    const { violations, past } = await rig.record()
    expect(violations.map(({ kind }) => kind)).toEqual(['drift:store/app-0#KEY'])
    expect(violations[0]?.detail).toContain('still works')
    expect(past[0]?.state).toBe('not-revoked')
    rig.pass(60_000)
  }
  rig.pass(2 * DAY_MS)
  await rig.run()
  expect((await rig.record()).violations.map(({ kind }) => kind)).toEqual(['drift:store/app-0#KEY'])
  expect(alarmsOf(rig)).toEqual([])
  expect(rig.secrets.calls.write).toBe(written)
})
